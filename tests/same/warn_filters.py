# warnings as errors, caught and ignored
import warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    warnings.warn("one", RuntimeWarning)
    warnings.warn("two")
print([(w.category.__name__, str(w.message), w.lineno) for w in seen])
print([(f[0], f[2].__name__) for f in warnings.filters])
warnings.simplefilter("error")
warnings.warn("now an error")
