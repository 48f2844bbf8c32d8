import re

import pytest

from rag.formats.raised import lowered, raised


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1", "¹"),
        ("-6", "⁻⁶"),
        ("\N{MINUS SIGN}6", "⁻⁶"),
        ("(4)", "⁽⁴⁾"),
        ("1,2", "¹,²"),
        ("3–5", "³–⁵"),
        ("[12]", "[12]"),
        ("2+", "²⁺"),
        ("a", "ᵃ"),
        ("n", "ⁿ"),
        ("2e", "²ᵉ"),
        ("*", "*"),
        ("†", "†"),
        ("¹", "¹"),
        ("st", "st"),
        ("TM", "™"),
        (" 2 ", " ² "),
        ("", ""),
        (" ", " "),
        ("Q", "^Q"),
        ("π", "^π"),
        ("note4", "ⁿᵒᵗᵉ⁴"),
        ("see 4 and Q", " (see 4 and Q)"),
        ("٣", "^٣"),
    ],
)
def test_raised_text_is_told_from_a_figure(text: str, written: str) -> None:
    assert raised(text) == written
    assert text.isspace() or not re.match(r"\d", raised(text))


@pytest.mark.parametrize(
    ("text", "written"),
    [("2", "₂"), ("12", "₁₂"), ("max", "max"), ("i", "ᵢ"), ("B", "B"), ("2-", "₂₋"), ("B12", "_B12"), ("i,j", "ᵢ,ⱼ")],
)
def test_lowered_text_is_told_from_a_figure(text: str, written: str) -> None:
    assert lowered(text) == written
