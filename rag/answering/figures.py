"""The figures of a table's column: read from how they are written, and written likewise."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from rag.text.languages import ENGLISH

_CELL = re.compile(r"(\D*)(\d(?:[\d.,'’\s]*\d)?)(\D*)")
_MINUS = re.compile(r"[-−–]\s*")
_THOUSANDS = ".,'’ \u00a0\u2009\u202f"
_MORE_PLACES = 2
"""Decimals that an average has beyond those of what it is of."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures by row, and how they are written; `is_alike` tells that all have the same unit."""

    values: dict[int, Decimal]
    before: str
    after: str
    is_alike: bool
    decimal: str
    thousands: str
    has_brackets: bool

    def written(self, value: Decimal, is_average: bool = False) -> str:
        """A figure as the others are written: decimals, thousands, unit, brackets where it is negative."""
        places = max(-int(figure.as_tuple().exponent) for figure in self.values.values())
        shown = value.quantize(Decimal(1).scaleb(-places - _MORE_PLACES * is_average), ROUND_HALF_UP)
        digits = f"{abs(shown):,f}"
        whole, _, part = digits.partition(".")
        # Of what the average has beyond the others, nothing that says nothing.
        part = part[:places] + part[places:].rstrip("0")
        said = self.before + whole.replace(",", self.thousands) + (self.decimal + part if part else "") + self.after
        if shown >= 0:
            return said
        return f"({said})" if self.has_brackets else f"-{said}"


def figures_of(cells: Mapping[int, str], language: str = ENGLISH) -> Figures:
    """The figures of cells that hold one each; others are left out."""
    found = {row: match for row, cell in cells.items() if (match := _CELL.fullmatch(cell.strip()))}
    decimal = _decimal_sign([match[2] for match in found.values()], language)
    values: dict[int, Decimal] = {}
    units: list[tuple[str, str]] = []
    thousands, has_brackets = "", False
    for row, match in found.items():
        before, digits, after = match.groups()
        value = _value(digits, decimal)
        if value is None:
            continue
        is_bracketed = "(" in before and ")" in after
        if is_bracketed:
            before, after, has_brackets = before.replace("(", ""), after.replace(")", ""), True
        unsigned = _MINUS.sub("", before)
        values[row] = -value if is_bracketed or unsigned != before else value
        units.append((unsigned, after))
        thousands = thousands or next((sign for sign in digits if not sign.isdigit() and sign != decimal), "")
    is_alike = len({(before.strip(), after.strip()) for before, after in units}) == 1
    before, after = max(units, key=units.count, default=("", ""))
    return Figures(values, before, after, is_alike, decimal, thousands, has_brackets)


def _value(digits: str, decimal: str) -> Decimal | None:
    thousands = _THOUSANDS.replace(decimal, "")
    matched = re.fullmatch(rf"(\d{{1,3}}(?:[{thousands}]\d{{3}})+|\d+)(?:{re.escape(decimal)}(\d+))?", digits)
    return Decimal(re.sub(r"\D", "", matched[1]) + "." + (matched[2] or "")) if matched else None


def _decimal_sign(written: list[str], language: str) -> str:
    """What stands before decimals: told by the figures, by the language where they may be read in two ways."""
    told = set()
    for digits in written:
        signs = [sign for sign in digits if sign in ".,"]
        last = signs[-1] if signs else ""
        is_repeated = signs.count(last) > 1
        if (
            signs
            and not is_repeated
            and (len(set(signs)) > 1 or len(digits.rpartition(last)[2]) != 3 or digits.startswith("0"))
        ):
            told.add(last)
        elif is_repeated:
            told.add("." if last == "," else ",")
    if len(told) == 1:
        return told.pop()
    return "." if language == ENGLISH else ","
