# a SyntaxError after wide characters: the caret is placed as by the bare interpreter
名前 = "値"; print(名前) for
