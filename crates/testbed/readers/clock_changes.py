"""Local times around every clock change of ten years, and what each of them means.

Prints `zone local kind first second`, the instants in seconds since the epoch. The years are past
ones: whatever the age of either zone database, it knows them.
"""

import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

FIRST = datetime(2014, 1, 1, tzinfo=timezone.utc)
DAYS = 3652
EPOCH = datetime(1970, 1, 1)


def offset(at, zone):
    return at.astimezone(zone).utcoffset()


def changes(zone):
    for day in range(DAYS):
        early = FIRST + timedelta(days=day)
        late = early + timedelta(days=1)
        if offset(early, zone) == offset(late, zone):
            continue
        while late - early > timedelta(seconds=1):
            middle = early + (late - early) // 2
            if offset(middle, zone) == offset(early, zone):
                early = middle
            else:
                late = middle
        yield late.replace(microsecond=0)


def seconds(local, shift):
    return int((local - EPOCH - shift).total_seconds())


def main():
    for name in sys.argv[1:]:
        zone = ZoneInfo(name)
        for change in changes(zone):
            around = change.astimezone(zone).replace(tzinfo=None, second=0)
            for minutes in range(-180, 181, 15):
                local = around + timedelta(minutes=minutes)
                before = local.replace(tzinfo=zone, fold=0).utcoffset()
                after = local.replace(tzinfo=zone, fold=1).utcoffset()
                if before == after:
                    kind = "once"
                elif before > after:
                    kind = "twice"
                else:
                    kind = "skipped"
                print(name, local.isoformat(), kind, seconds(local, before), seconds(local, after))


main()
