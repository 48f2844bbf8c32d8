"""Numbers, days and times as a sheet shows them, by the format codes of ECMA-376 (18.8.31)."""

import operator
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from rag.formats.office.date_formats import is_date, shown_date

GENERAL = "General"
_DAY, _TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
BUILT_IN = {
    **dict(enumerate((GENERAL, "0", "0.00", "#,##0", "#,##0.00", "#,##0", "#,##0", "#,##0.00", "#,##0.00"))),
    **dict(enumerate(("0%", "0.00%", "0.00E+00", "# ?/?", "# ??/??", _DAY, "d-mmm-yy", "d-mmm", "mmm-yy"), 9)),
    **dict(enumerate(("h:mm AM/PM", "h:mm:ss AM/PM", "h:mm", "h:mm:ss", _TIME), 18)),
    **dict.fromkeys([*range(27, 37), *range(50, 59)], _DAY),
    **dict.fromkeys((37, 38), "#,##0;(#,##0)"),
    **dict.fromkeys((39, 40), "#,##0.00;(#,##0.00)"),
    **dict.fromkeys((41, 42), "#,##0"),
    **dict.fromkeys((43, 44), "#,##0.00"),
    **dict(enumerate(("mm:ss", "[h]:mm:ss", "mm:ss.0", "##0.0E+0", "@"), 45)),
}
"""Codes by number; those that follow the settings of a computer are ISO 8601, or have no currency."""

_SECTION = re.compile(r'((?:"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|[^;"\\])*)(?:;|$)', re.DOTALL)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<room>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]|(?P<general>(?i:General))'
    r"|(?P<exponent>E[+-])|(?P<date>(?i:AM/PM|A/P|y+|m+|d+|h+|s+)|(?<=[sS\]])\.0+)|(?P<digits>[0#?]+)|(?P<sign>[.,%/@])"
    r"|(?P<other>.)",
    re.DOTALL,
)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[\d.]+)")
_COMPARED = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne
}  # fmt: skip
_KEPT_DIGITS = ".15g"
"""As many as a sheet keeps."""
_KEPT_PLACES = 14
_UP = 1 + 2e-15
"""What makes a half that is a little less in binary a half again: 2.675 is shown as 2.68."""
_FEW_DIGITS = 1e12
_EXACT = 2**53
_MOST_DECIMALS = 30

Show = Callable[[float], str]


class Token(NamedTuple):
    """A part of a format code: literal text, elapsed or date letters, digits, exponent, general or a sign."""

    kind: str
    text: str


class _Part(NamedTuple):
    """What a section of a code shows, and of which numbers where it says so."""

    show: Show
    condition: Callable[[float], bool] | None


def general(value: float) -> str:
    """A number without a format: 3, not 3.0, with all digits of a long one."""
    if abs(value) <= _EXACT and value == int(value):
        return str(int(value))
    text = format(value, _KEPT_DIGITS)
    return f"{Decimal(text):f}" if "e" in text and 1e-10 < abs(value) < 1e21 else text


@lru_cache(maxsize=1024)
def number_format(code: str, from_1904: bool = False) -> Show:
    """What shows a number in the format `code`, days counted from 1904 where the workbook does.

    Where the code is no format, numbers are shown as without one.
    """
    try:
        shown = _shows(code, from_1904)
    except (ArithmeticError, LookupError, ValueError):
        return general

    def show(value: float) -> str:
        try:
            return shown(value)
        except (ArithmeticError, LookupError, ValueError):
            return general(value)

    return show


def _shows(code: str, from_1904: bool) -> Show:
    parts = [_part(_tokens(text), from_1904) for text in _sections(code)[:3]]
    if len(parts) > 1 and not any(part.condition for part in parts):
        positive, negative, zero = (*parts, parts[0])[:3]
        return lambda value: (positive if value > 0 else negative if value < 0 else zero).show(abs(value))

    if len(parts) == 1 and not parts[0].condition:
        return lambda value: parts[0].show(value) if value >= 0 else _signed(parts[0].show(-value))

    def show(value: float) -> str:
        part = next((part for part in parts if part.condition is None or part.condition(value)), parts[-1])
        return part.show(value) if value >= 0 else _signed(part.show(-value))

    return show


def _signed(text: str) -> str:
    """`text` with a minus unless it is 0."""
    return f"-{text}" if any("1" <= digit <= "9" for digit in text) else text


@lru_cache(maxsize=1024)
def text_format(code: str) -> tuple[str, str] | None:
    """What the format `code` shows before and after a text; None where that is nothing."""
    sections = _sections(code)
    tokens = _tokens(sections[3] if len(sections) > 3 else sections[-1])
    kinds = [token.kind for token in tokens]
    if "@" not in kinds:
        return None
    at = kinds.index("@")
    before, after = (
        "".join(token.text for token in part if token.kind == "literal") for part in (tokens[:at], tokens[at + 1 :])
    )
    return (before, after) if before.strip() or after.strip() else None


def _sections(code: str) -> list[str]:
    found = _SECTION.findall(code)
    # The end of the code is found once more.
    return found[:-1] if len(found) > 1 and not code.endswith(";") else found


def _tokens(section: str) -> list[Token]:
    return [token for match in _TOKEN.finditer(section) if (token := _token(match))]


def _token(match: re.Match[str]) -> Token | None:
    kind, text = match.lastgroup or "", match[match.lastgroup or 0]
    if kind == "bracket":
        if text.startswith("$"):
            return Token("literal", text[1:].partition("-")[0])
        if _ELAPSED.fullmatch(text):
            return Token("elapsed", text.lower())
        return Token("condition", text) if _CONDITION.fullmatch(text) else None
    if kind == "room":
        return Token("literal", " ")
    if kind in ("quoted", "escaped", "other"):
        return Token("literal", text)
    return None if kind == "fill" else Token(text if kind == "sign" else kind, text)


def _part(tokens: list[Token], from_1904: bool) -> _Part:
    condition = next((_CONDITION.fullmatch(text) for kind, text in tokens if kind == "condition"), None)
    holds = None
    if condition:
        compare, limit = _COMPARED[condition[1]], float(condition[2])
        holds = lambda value: bool(compare(value, limit))  # noqa: E731
    shown = [token for token in tokens if token.kind != "condition"]
    return _Part(_show(shown, from_1904), holds)


def _show(tokens: list[Token], from_1904: bool) -> Show:
    kinds = {token.kind for token in tokens}
    if is_date(kinds):
        return lambda value: shown_date(tokens, value, from_1904)
    if "general" in kinds or "@" in kinds:
        return lambda value: "".join(
            token.text if token.kind == "literal" else general(value) if token.kind in ("general", "@") else ""
            for token in tokens
        )
    if "/" in kinds and "digits" in kinds:
        return lambda value: _fraction(tokens, value)
    if "exponent" in kinds:
        return lambda value: _scientific(tokens, value)
    if "digits" not in kinds:
        literal = "".join(token.text for token in tokens)
        return lambda value: literal
    return _decimal(tokens)


def _decimal(tokens: Sequence[Token]) -> Show:
    """What shows a number with its places before and after the point, among other characters."""
    point = next((at for at, token in enumerate(tokens) if token.kind == "."), len(tokens))
    places = [at for at, token in enumerate(tokens) if token.kind == "digits"]
    wholes = [at for at in places if at < point] or places[:1]
    first, last = wholes[0], wholes[-1]
    whole = "".join(tokens[at].text for at in wholes if at < point)
    decimals = "".join(tokens[at].text for at in places if at > point)
    groups = any(token.kind == "," for token in tokens[first:last])
    # Each comma after the last place divides by a thousand.
    scaling = len(list(takewhile(lambda token: token.kind == ",", tokens[places[-1] + 1 :])))
    factor = 100.0 ** sum(token.kind == "%" for token in tokens) / 1000.0**scaling
    before = "".join(_plain(token) for token in tokens[:first])
    end = max([last, *places])
    after = "".join(_plain(token) for token in tokens[end + 1 :])
    spec = f".{min(len(decimals), _MOST_DECIMALS)}f"
    fewest, fewest_decimals = len(whole.lstrip("#?")), len(decimals.rstrip("#?"))
    is_mixed = any(token.kind == "literal" for token in tokens[first:last])

    def show(value: float) -> str:
        scaled = value * factor
        digits, _, fraction = format(scaled * _UP if scaled < _FEW_DIGITS else scaled, spec).partition(".")
        digits = ("" if digits == "0" else digits).zfill(fewest)
        if is_mixed:
            digits = _mixed(tokens[first : last + 1], digits)
        elif groups and digits:
            digits = f"{int(digits):0{len(digits)},}" if len(digits) <= fewest else f"{int(digits):,}"
        fraction = fraction[:fewest_decimals] + fraction[fewest_decimals:].rstrip("0")
        return f"{before}{digits}{'.' if fraction else ''}{fraction}{after}".strip()

    return show


def _mixed(tokens: Sequence[Token], digits: str) -> str:
    """`digits` in places that stand apart, as those of a telephone number do; the first place takes what is left."""
    places = sum(len(token.text) for token in tokens if token.kind == "digits")
    rest = list(digits.rjust(places, "\0"))
    head, rest = rest[: len(rest) - places], rest[len(rest) - places :]
    text = ""
    for token in tokens:
        if token.kind == "digits":
            text += "".join([*head, *rest[: len(token.text)]])
            head, rest = [], rest[len(token.text) :]
        else:
            text += _plain(token)
    return text.replace("\0", "").lstrip(" -")


def _scientific(tokens: Sequence[Token], value: float) -> str:
    at = next(index for index, token in enumerate(tokens) if token.kind == "exponent")
    point = next((index for index, token in enumerate(tokens[:at]) if token.kind == "."), at)
    whole = "".join(token.text for token in tokens[:point] if token.kind == "digits")
    decimals = "".join(token.text for token in tokens[point:at] if token.kind == "digits")
    mantissa, _, exponent = f"{value:.{_KEPT_PLACES}e}".partition("e")
    power = int(exponent) if value else 0
    # Engineers' exponents are multiples of three.
    shift = power % len(whole) if len(whole) > 1 else 0
    number = f"{float(mantissa) * 10**shift * _UP:.{len(decimals)}f}"
    width = sum(len(token.text) for token in tokens[at + 1 :] if token.kind == "digits")
    sign = "-" if power - shift < 0 else "+" if tokens[at].text.endswith("+") else ""
    after = "".join(token.text for token in tokens[at + 1 :] if token.kind == "literal")
    return f"{number}E{sign}{abs(power - shift):0{width}d}{after}"


def _fraction(tokens: Sequence[Token], value: float) -> str:
    at = next(index for index, token in enumerate(tokens) if token.kind == "/")
    fixed = re.match(r"\d+", "".join(token.text for token in tokens[at + 1 :]))
    most = int(fixed[0]) if fixed else 10 ** len(tokens[at + 1].text) - 1
    exact = Fraction(format(value, _KEPT_DIGITS))
    part = Fraction(round(exact * most), most) if fixed else exact.limit_denominator(most)
    has_whole = sum(token.kind == "digits" for token in tokens[:at]) > 1
    count, rest = divmod(part, 1) if has_whole else (0, part)
    numerator = rest * most if fixed else Fraction(rest.numerator)
    shown = f"{numerator}/{most if fixed else rest.denominator}" if rest else ""
    return " ".join(filter(None, (str(count) if count or not shown else "", shown)))


def _plain(token: Token) -> str:
    return token.text if token.kind in ("literal", "%", "/") else ""
