# raise … from None hides the first exception
try:
    int("x")
except ValueError:
    raise LookupError("only this") from None
