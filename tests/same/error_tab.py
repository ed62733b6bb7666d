# tabs and spaces mixed: TabError
if True:
        x = 1
	y = 2
