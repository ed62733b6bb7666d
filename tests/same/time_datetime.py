# datetime arithmetic, formatting, parsing, calendar
import calendar
from datetime import date, datetime, timedelta, timezone
d = datetime(2024, 2, 28, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=5, minutes=30)))
print(d + timedelta(microseconds=1), d.isoformat(), d.timestamp(), d.strftime("%A %d %B %Y %j %U %z"))
print(datetime.strptime("03/Mar/2021:10:11:12 +0100", "%d/%b/%Y:%H:%M:%S %z"), date.fromisoformat("2024-02-29").isocalendar()[:])
print((date(2024, 12, 25) - date(2024, 2, 29)).days, timedelta(days=-1, seconds=1), d.replace(tzinfo=None) < datetime.max)
print(calendar.month(2024, 2), calendar.monthrange(1900, 2), calendar.isleap(2000))
try:
    date(2023, 2, 29)
except ValueError as e:
    print(e)
