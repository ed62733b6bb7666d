# logging: the default goes to stderr as WARNING:root:…, exceptions with traceback, own formats
import logging, sys
logging.debug("hidden")
logging.warning("shown %d%%", 50)
log = logging.getLogger("app.part")
log.setLevel(logging.DEBUG)
h = logging.StreamHandler(sys.stdout)
h.setFormatter(logging.Formatter("%(levelname)-8s %(name)s %(module)s %(funcName)s:%(lineno)d %(threadName)s %(processName)s %(message)s"))
log.addHandler(h)
def f():
    log.info("in f")
    try:
        {}["k"]
    except KeyError:
        log.exception("failed")
f()
log.error("bad arguments %d", "x")
