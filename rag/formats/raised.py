"""Raised and lowered text in characters of Unicode, so that no figure is read with its footnote: 450¹, CO₂, 10⁻⁶."""

import re

_RAISED = str.maketrans(
    "0123456789+-−‐‑=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
)
_LOWERED = str.maketrans(
    "0123456789+-−‐‑=()aehijklmnoprstuvx",
    "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ",
)
_TRADE = {"tm": "™", "sm": "℠"}
# What has no counterpart and needs none: it joins nothing to the figure before it, nor does what is written already.
_AS_IT_IS = re.compile(r"[^\w+\-−‐‑=()]|[⁰-⁹⁺-₎ªº²³¹ᴬ-ᶿʰ-˟]")
_SHORTEST_WORD = 2
_LONGEST_ENDING = 3


def raised(text: str) -> str:
    """Superscript `text`: 1 is ¹, -6 is ⁻⁶, st as in 1st stays, TM is ™; else ^text, or (a text) after a space."""
    core = text.strip()
    if core.lower() in _TRADE:
        return text.replace(core, _TRADE[core.lower()])
    if (core.isalpha() and _SHORTEST_WORD <= len(core) <= _LONGEST_ENDING) or (core[:1] + core[-1:]) == "[]":
        return text
    return _moved(text, _RAISED, "^")


def lowered(text: str) -> str:
    """Subscript `text`: 2 is ₂ as in CO₂, max is max as in Vmax; else _text, or (a text) after a space."""
    core = text.strip()
    if core.isalpha() and (len(core) >= _SHORTEST_WORD or not _has_counterparts(core, _LOWERED)):
        return text
    return _moved(text, _LOWERED, "_")


def _moved(text: str, counterparts: dict[int, int], mark: str) -> str:
    core = text.strip()
    if not core or _has_counterparts(core, counterparts):
        return text.translate(counterparts)
    before, _, after = text.partition(core)
    return f"{before} ({core}){after}" if len(core.split()) > 1 else f"{before}{mark}{core}{after}"


def _has_counterparts(text: str, counterparts: dict[int, int]) -> bool:
    return all(ord(character) in counterparts or _AS_IT_IS.match(character) for character in text)
