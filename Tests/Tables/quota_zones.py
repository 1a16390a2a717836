"""Writes Tests/SluiceTests/Time/QuotaZoneTable.swift: where calendar periods begin and end, by Python's zoneinfo.

Run: python3 Tests/Tables/quota_zones.py > Tests/SluiceTests/Time/QuotaZoneTable.swift
"""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

# A zone and a local noon (or a moment that exists) near which something happens.
CASES = [
    ("UTC", ["2024-02-29", "2024-12-31", "2023-12-31", "2100-02-28", "1999-12-31"]),
    ("Europe/Berlin", ["2024-03-31", "2024-10-27", "2024-06-15", "2020-12-30"]),
    ("America/New_York", ["2024-03-10", "2024-11-03", "2007-03-11"]),
    ("Asia/Kathmandu", ["1985-12-31", "1986-01-01", "2024-05-05"]),
    ("Pacific/Apia", ["2011-12-29", "2011-12-31", "2012-01-01"]),
    ("Australia/Lord_Howe", ["2024-04-07", "2024-10-06"]),
    ("America/Sao_Paulo", ["2018-11-04", "2018-02-17"]),
    ("Asia/Beirut", ["2022-03-27"]),
    ("America/St_Johns", ["2010-03-14", "2010-11-07"]),
    ("Africa/Cairo", ["2024-04-26", "2024-11-01"]),
    ("Asia/Kolkata", ["2024-01-31"]),
    ("Pacific/Kiritimati", ["1994-12-30", "1995-01-02", "2024-02-29"]),
    ("Pacific/Chatham", ["2024-04-07", "2024-09-29"]),
]


def instant_of_midnight(zone: ZoneInfo, day: date) -> int:
    """The first instant whose local date is `day` or later.

    Found by search over instants, so that a midnight that does not exist or exists twice needs no rule.
    """
    low = int(datetime.combine(day, time(), timezone.utc).timestamp()) - 2 * 86400
    high = low + 4 * 86400
    # A date may repeat when clocks go back over midnight, so the earliest is found by walking in quarter hours.
    moment = low
    while moment < high:
        if datetime.fromtimestamp(moment, zone).date() >= day:
            return moment
        moment += 900
    raise AssertionError(day)


def period(unit: str, day: date) -> tuple[date, date]:
    if unit == "day":
        return day, day + timedelta(days=1)
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def main() -> None:
    print("/// Where calendar periods begin and end. Written by Tests/Tables/quota_zones.py.")
    print("enum QuotaZoneTable {")
    print("    /// A zone, a unit, a moment, and the seconds since the epoch at which its period begins and ends.")
    print("    typealias Row = (zone: String, unit: String, moment: Int64, start: Int64, end: Int64)")
    print()
    print("    static let rows: [Row] = [")
    for name, days in CASES:
        zone = ZoneInfo(name)
        for text in days:
            noon = datetime.combine(date.fromisoformat(text), time(12), zone)
            moment = int(noon.timestamp())
            day = datetime.fromtimestamp(moment, zone).date()
            for unit in ("day", "week", "month"):
                first, after = period(unit, day)
                start, end = instant_of_midnight(zone, first), instant_of_midnight(zone, after)
                assert start <= moment < end, (name, text, unit)
                print(f'        ("{name}", "{unit}", {moment}, {start}, {end}),  // {text}, {(end - start) / 3600:g} h')
    print("    ]")
    print("}")


main()
