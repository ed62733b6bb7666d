# TZ and time.tzset change local time
import os, time
from datetime import datetime
os.environ["TZ"] = "America/New_York"
time.tzset()
print(time.tzname, time.timezone, time.localtime(0)[:6], datetime.fromtimestamp(1720000000))
os.environ["TZ"] = "UTC"
time.tzset()
print(time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(1720000000)), time.mktime((2024, 1, 1, 0, 0, 0, 0, 1, 0)), time.ctime(0))
