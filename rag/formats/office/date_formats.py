"""Days and times as a sheet shows them, from the days since its calendar begins."""

from calendar import day_abbr, day_name, month_abbr, month_name
from collections.abc import Sequence, Set
from datetime import date, timedelta

_DAY = 86_400
_FIRST_AFTER_THE_29TH = 61
"""1900 has a 29th of February there."""
_LAST = 2_958_466


def is_date(kinds: Set[str]) -> bool:
    """Whether a format of parts of these kinds shows a day or a time."""
    return "date" in kinds or "elapsed" in kinds


def shown_date(tokens: Sequence[tuple[str, str]], value: float, from_1904: bool) -> str:
    """The day `value`, parts of which are hours, in a format of parts as (kind, text)."""
    places = max((len(text) - 1 for kind, text in tokens if kind == "date" and text[0] == "."), default=0)
    if value >= _LAST:
        return format(value, ".15g")
    total = round(value * _DAY, places)
    days, seconds = int(total // _DAY), total % _DAY
    day = _first_day(days, from_1904) + timedelta(days=days)
    letters = [text[0].lower() for kind, text in tokens if kind in ("date", "elapsed") and text[0] != "."]
    has_halves = "a" in letters
    shown, at = "", 0
    for kind, text in tokens:
        if kind == "elapsed":
            shown += _elapsed(text, total)
            at += 1
        elif kind == "date" and text[0] == ".":
            shown += f"{seconds % 1:.{places}f}"[1:]
        elif kind == "date":
            is_minute = text[0] in "mM" and (letters[at - 1 : at] == ["h"] or letters[at + 1 : at + 2] == ["s"])
            shown += _time(text.lower(), seconds, has_halves) if is_minute or text[0] in "hHsSaA" else _day(text, day)
            at += 1
        else:
            shown += text
    return shown.strip()


def _first_day(days: int, from_1904: bool) -> date:
    if from_1904:
        return date(1904, 1, 1)
    return date(1899, 12, 30) if days >= _FIRST_AFTER_THE_29TH else date(1899, 12, 31)


def _elapsed(text: str, total: float) -> str:
    unit = {"h": 3600, "m": 60, "s": 1}[text[0]]
    return f"{int(total // unit):0{len(text)}d}"


def _time(text: str, seconds: float, has_halves: bool) -> str:
    hour, minute, second = int(seconds // 3600), int(seconds // 60) % 60, int(seconds % 60)
    if text[0] == "a":
        half = "PM" if hour >= 12 else "AM"
        return half if len(text) > len("a/p") else half[0]
    if text[0] == "h" and has_halves:
        hour = hour % 12 or 12
    number = {"h": hour, "m": minute, "s": second}[text[0]]
    return f"{number:0{min(len(text), 2)}d}"


def _day(text: str, day: date) -> str:
    letter, length = text[0].lower(), len(text)
    if letter == "y":
        return f"{day.year:04d}" if length > 2 else f"{day.year % 100:02d}"
    number, short, long = (
        (day.month, month_abbr[day.month], month_name[day.month])
        if letter == "m"
        else (day.day, day_abbr[day.weekday()], day_name[day.weekday()])
    )
    if length > 2:
        return long[0] if length == 5 else short if length == 3 else long
    return f"{number:0{length}d}"
