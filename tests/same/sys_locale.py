# locale: C.UTF-8 everywhere; a locale that is not installed is an error
import locale, sys
print(locale.setlocale(locale.LC_ALL, ""), locale.getpreferredencoding(), locale.getlocale()[1])
print(locale.setlocale(locale.LC_ALL, "C"), locale.localeconv()["decimal_point"], locale.format_string("%.2f", 1234.5, grouping=True))
try:
    locale.setlocale(locale.LC_ALL, "xx_YY.UTF-8")
except locale.Error as e:
    print(e)
print(sorted(["b", "A", "a", "ä"], key=locale.strxfrm), sys.flags.utf8_mode)
