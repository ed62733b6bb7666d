# what a program imports is in sys.modules under its name, is the same object again, and can be dropped and loaded anew
import sys, importlib
for name in ("json", "json.decoder", "xml.etree.ElementTree", "asyncio", "concurrent.futures", "decimal", "email.message", "colorsys"):
    m = importlib.import_module(name)
    print(name, sys.modules[name] is m, m.__name__, m.__spec__.name, importlib.import_module(name) is m, type(m.__loader__).__name__ != "")
import json
old = sys.modules.pop("json")
import json
print(json is old, json.dumps({"a": 1}), importlib.reload(json) is json)
