# decimal, fractions, math, statistics, big integers and rounding
import decimal, fractions, math, statistics
from decimal import Decimal as D
decimal.getcontext().prec = 30
print(D(1) / D(7), D("0.1") + D("0.2"), D("2.675").quantize(D("0.01"), decimal.ROUND_HALF_UP), decimal.getcontext().rounding)
try:
    D(1) / D(0)
except decimal.DivisionByZero as e:
    print(type(e).__name__)
print(fractions.Fraction(3, 7) + fractions.Fraction("0.25"), math.comb(50, 25), math.gcd(2**70, 6**40), math.isqrt(10**40), math.fsum([0.1] * 10))
print(statistics.mean([1, 2, 4]), statistics.stdev([1, 2, 4]), statistics.median_low([3, 1, 2, 4]), statistics.mode("abca"))
print(2**200 % 10**9, pow(3, -1, 11), (-7) // 2, -7 % 3, divmod(-7, 2), round(2.5), round(-1234, -2), int("zz", 36), hex(-255), 0.1.as_integer_ratio())
print(math.sin(1), math.exp(1), math.log(10), math.pi, math.gamma(5.5), 1e308 * 10, math.nextafter(1, 2) if hasattr(math, "nextafter") else "")
