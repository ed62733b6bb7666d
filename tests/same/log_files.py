# logging to files: basicConfig(filename), rotation, dictConfig, QueueHandler and shutdown
import logging, logging.config, logging.handlers, os, queue
logging.basicConfig(filename="a.log", format="%(levelname)s %(message)s", level=logging.INFO)
logging.info("one")
logging.critical("zwei ü")
print(open("a.log", encoding="utf-8").read())
r = logging.handlers.RotatingFileHandler("r.log", maxBytes=100, backupCount=2)
log = logging.getLogger("r")
log.propagate = False
log.addHandler(r)
for i in range(30): log.warning("line %d", i)
print(sorted(f for f in os.listdir(".") if f.startswith("r.log")))
q = queue.Queue()
lis = logging.handlers.QueueListener(q, logging.FileHandler("q.log"))
lis.start()
ql = logging.getLogger("q")
ql.propagate = False
ql.addHandler(logging.handlers.QueueHandler(q))
ql.warning("queued")
lis.stop()
print(open("q.log").read())
logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, "handlers": {"c": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}}, "root": {"handlers": ["c"], "level": "INFO"}})
logging.info("configured")
