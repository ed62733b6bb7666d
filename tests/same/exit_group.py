# SystemExit in an exception group is no exit: the group is reported
raise BaseExceptionGroup("two", [SystemExit(3), ValueError("v")])
