# zoneinfo reads the system's time zone data: conversions, folds, gaps, names
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones
ny, be, ka = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")
t = datetime(2024, 7, 1, 12, 30, tzinfo=be)
print(t.astimezone(ny), t.astimezone(ka).isoformat(), t.utcoffset(), t.tzname(), ny)
print([datetime(2024, 11, 3, 1, 30, fold=f, tzinfo=ny).utcoffset() for f in (0, 1)])
print((datetime(2024, 3, 31, 0, 30, tzinfo=timezone.utc) + timedelta(hours=1)).astimezone(be))
print(len(available_timezones()) > 300, "UTC" in available_timezones(), ZoneInfo("UTC").utcoffset(t))
try:
    ZoneInfo("Mars/Olympus")
except ZoneInfoNotFoundError as e:
    print(e)
