# a logger without any handler prints warnings bare, by logging.lastResort
import logging
log = logging.getLogger("lib")
log.info("not shown")
log.warning("shown bare")
print(logging.getLogger().handlers, logging.root.level, log.getEffectiveLevel(), "lib" in logging.root.manager.loggerDict)
