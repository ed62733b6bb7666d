# an ExceptionGroup (3.11) prints as a tree; older interpreters name it unknown
def f(n):
    raise ValueError(n)
errors = []
for n in range(3):
    try:
        f(n)
    except ValueError as e:
        errors.append(e)
errors.append(ExceptionGroup("nested", [KeyError("k")]))
raise ExceptionGroup("several", errors)
