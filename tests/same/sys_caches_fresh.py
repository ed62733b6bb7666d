# what modules remember after use is not there at the start
import asyncio, decimal, linecache, locale, logging, mimetypes, os, pathlib, socket, tempfile, urllib.request, uuid, warnings
print(tempfile.gettempdir() == os.getcwd() == os.environ["TMPDIR"], os.path.expanduser("~") == str(pathlib.Path.home()) == os.getcwd())
print(urllib.request._opener, socket.getdefaulttimeout(), uuid._node, mimetypes.inited, linecache.cache)
print(logging.root.handlers, logging.root.level, logging.lastResort.level, len(logging._handlerList), logging.raiseExceptions)
print(sorted(n for n in logging.root.manager.loggerDict if not n.startswith(("asyncio", "concurrent"))), logging.getLevelName(20))
print(decimal.getcontext(), decimal.DefaultContext.prec)
print(asyncio.events._event_loop_policy, asyncio.events._get_running_loop())
print(locale.setlocale(locale.LC_ALL, None))
print(warnings.onceregistry, warnings._filters_version > 0, "__warningregistry__" in globals())
