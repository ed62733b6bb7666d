# one megabyte on stdout arrives whole
for i in range(16384):
    print("%06d %s" % (i, "x" * 56))
