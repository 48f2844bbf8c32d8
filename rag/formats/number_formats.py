"""Numbers, days and times as a sheet shows them, by the format codes of ECMA-376 (18.8.31)."""

import operator
import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from rag.formats.date_formats import is_date, shown_date

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
    """What shows a number in the format `code`, days counted from 1904 where the workbook does."""
    parts = [_part(_tokens(text), from_1904) for text in _sections(code)[:3]]
    if len(parts) > 1 and not any(part.condition for part in parts):
        positive, negative, zero = (*parts, parts[0])[:3]
        return lambda value: (positive if value > 0 else negative if value < 0 else zero).show(abs(value))

    def show(value: float) -> str:
        part = next((part for part in parts if part.condition is None or part.condition(value)), parts[-1])
        text = part.show(abs(value))
        return f"-{text}" if value < 0 and any("1" <= digit <= "9" for digit in text) else text

    return show


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


def _decimal(tokens: list[Token]) -> Show:
    """What shows a number with its places before and after the point, among other characters."""
    point = next((at for at, token in enumerate(tokens) if token.kind == "."), len(tokens))
    places = [at for at, token in enumerate(tokens) if token.kind == "digits"]
    commas = [at for at, token in enumerate(tokens) if token.kind == ","]
    whole, decimals = (
        "".join(tokens[at].text for at in places if (at < point) == is_whole) for is_whole in (True, False)
    )
    # Commas after the last place divide by a thousand each.
    scaling = sum(at > max(at for at in places if at < point or not whole) and at < max([point, *places]) + len(commas) + 1
                  for at in commas if not any(place > at and place < point for place in places))
    groups = any(places[0] < at and any(at < place < point for place in places) for at in commas)
    factor = Decimal(100) ** sum(token.kind == "%" for token in tokens) / Decimal(1000) ** scaling
    step = Decimal(1).scaleb(-min(len(decimals), _MOST_DECIMALS))

    def show(value: float) -> str:
        rounded = (Decimal(format(value, _KEPT_DIGITS)) * factor).quantize(step, ROUND_HALF_UP)
        digits, _, fraction = f"{rounded:f}".partition(".")
        return _filled(tokens, point, _padded(digits, whole), _shortened(fraction, decimals), groups)

    return show
