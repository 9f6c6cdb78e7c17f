"""Moments as people in the city read them; stored they are in UTC."""

from datetime import datetime
from zoneinfo import ZoneInfo

CITY_TIME = ZoneInfo("Asia/Shanghai")


def clock(moment: datetime) -> str:
    """Day and time for pages: `11月28日 13:05`."""
    return moment.astimezone(CITY_TIME).strftime("%-m月%-d日 %H:%M")


def day(moment: datetime) -> str:
    """The day: `11月28日`."""
    return moment.astimezone(CITY_TIME).strftime("%-m月%-d日")


def stamp(moment: datetime) -> str:
    """Day and time for files: `2026-11-28 13:05`."""
    return moment.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M")
