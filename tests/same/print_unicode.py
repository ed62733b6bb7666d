# text beyond ASCII reaches stdout and stderr as UTF-8, whatever the locale's encoding
import sys
print("Grüße, 世界, привет, שלום, 😀👩‍👩‍👧, e\u0301, \u200b|, \ufeff|")
print("ошибка", file=sys.stderr)
print(len("😀"), "ß".upper(), "İ".lower().encode(), "ΑΣ".lower(), sorted(["é", "z", "a"]))
print(sys.stdout.encoding.lower(), sys.stderr.encoding.lower(), sys.getdefaultencoding(), sys.getfilesystemencoding())
print(sys.stderr.errors)
