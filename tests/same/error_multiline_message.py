# messages with newlines, unicode and notes come out whole
e = ValueError("first line\nsecond: ü\n")
if hasattr(e, "add_note"):
    e.add_note("a note\nof two lines")
raise e
