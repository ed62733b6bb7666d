# contextvars, decimal and warnings start with nothing of others
import contextvars, decimal, warnings
print(list(contextvars.copy_context().items()))
v = contextvars.ContextVar("v", default=0)
print(v.get(), v.set(1).old_value, len(contextvars.copy_context()), contextvars.Context().run(v.get))
print(decimal.getcontext().flags[decimal.Inexact], decimal.Decimal(1) / 3, decimal.getcontext().flags[decimal.Inexact], len(contextvars.copy_context()))
for f in warnings.filters:
    print(f[0], f[1], f[2].__name__, f[3], f[4])
for _ in range(2):
    warnings.warn("mine", DeprecationWarning)
warnings.warn("again", ResourceWarning)
