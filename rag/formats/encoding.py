"""The encoding of a text that does not say it and is not UTF-8."""

import codecs
import re
import unicodedata
from collections import Counter
from typing import NamedTuple

_UTF_32 = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32"}
_WIDE = {"UTF-32": ("utf-32-le", "utf-32-be"), "UTF-16": ("utf-16-le", "utf-16-be")}
# No text has these, in no encoding of which a character begins with its lower byte.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")
_PRINTABLE = bytes([9, 10, 13, *range(0x20, 0x7F)])
_MOST_PRINTABLE = 0.9
"""Share of bytes that are ASCII up to which they may be halves of characters: two letters make one of Chinese."""
_NO_TEXT = re.compile("[\0-\x08\x0e-\x19\x1c-\x1f\x7f-\x9f]")
_ISO_2022_JP = (b"\x1b$B", b"\x1b$@", b"\x1b(J")
# Python's names for what the WHATWG, whose names the detector gives, takes for more than Python does.
_WIDER = {"Shift_JIS": "cp932", "EUC-KR": "cp949", "ISO-8859-8-I": "iso-8859-8"}
_ASCII = bytes(range(0x80))
_WESTERN = "windows-1252"
_SHORTEST, _COHERENT = 4, 0.9
"""Characters of UTF-16 and UTF-32 that do not say so, and which share of them is of two blocks."""
_WINDOWS = re.compile("(?:windows-|cp)(874|125[0-8])")
_FEW = 2
"""Characters in a text of ASCII letters that tell nothing of its encoding."""
_MOSTLY = 10
"""How many whole characters of UTF-8 a text has for each damaged one, to be damaged UTF-8."""


class FoundEncoding(NamedTuple):
    """A text, and the name of the encoding in which it was found to be."""

    text: str
    name: str


def found(raw: bytes, is_utf_8: bool = False) -> FoundEncoding | None:
    """The text of bytes whose encoding is to be told from themselves; None where it stays unclear, or they are none.

    Where they are UTF-8 too, it is an encoding that consists of bytes of ASCII.
    """
    for mark, codec in _UTF_32.items():
        if raw.startswith(mark):
            return _decoded(raw, codec, "UTF-32")
    if any(mark in raw for mark in _ISO_2022_JP) and (text := _decoded(raw, "iso2022_jp_ext", "ISO-2022-JP")):
        return text
    if _CONTROLS.search(raw):
        return _wide(raw)
    return None if is_utf_8 else _narrow(raw)


def encoding_name(codec: str) -> str:
    """An encoding's name as people write it: windows-1252 and cp1252 as Windows-1252."""
    windows = _WINDOWS.fullmatch(codec.lower())
    if windows:
        return f"Windows-{windows.group(1)}"
    return "Shift-JIS" if codec.lower() == "shift_jis" else codec.upper() if codec.islower() else codec


def is_mostly_utf_8(raw: bytes) -> bool:
    """Whether bytes are UTF-8 that was damaged."""
    text = raw.decode("utf-8", "replace")
    damaged = text.count("\N{REPLACEMENT CHARACTER}")
    return 0 < damaged * _MOSTLY <= _beyond_ascii(text) - damaged


def _wide(raw: bytes) -> FoundEncoding | None:
    """UTF-16 or UTF-32 without a mark: the one in which the characters are of few blocks, as those of a text are."""
    if len(raw.translate(None, _PRINTABLE)) < len(raw) * (1 - _MOST_PRINTABLE):
        return None
    for name, codings in _WIDE.items():
        read = [text for codec in codings if (text := _decoded(raw, codec, name))]
        best = max(read, key=lambda text: _coherence(text.text), default=None)
        if best and len(best.text) >= _SHORTEST and _coherence(best.text) >= _COHERENT:
            return best
    return None


def _coherence(text: str) -> float:
    """The share of characters that are of the two blocks that most are of; 0 where some are none."""
    counts = Counter(text)
    if any(unicodedata.category(character) in {"Cn", "Co", "Cs"} for character in counts):
        return 0
    blocks: Counter[int] = Counter()
    for character, count in counts.items():
        blocks[_block(ord(character))] += count
    return sum(count for _, count in blocks.most_common(2)) / (len(text) or 1)


def _block(code: int) -> int:
    """256 characters, all of Chinese and Japanese, all of Korean; signs are counted with Latin letters."""
    if any(start <= code < end for start, end in ((0x2E80, 0xA000), (0xF900, 0xFB00), (0xFF00, 0xFFF0))):
        return 0x4E
    if 0xAC00 <= code < 0xD7B0:
        return 0xAC
    return 0 if code >> 8 == 0x20 else code >> 8


def _narrow(raw: bytes) -> FoundEncoding | None:
    from chardetng_py import detect

    name = detect(raw)
    text = _decoded(raw, _WIDER.get(name, name), name)
    western = None if name == _WESTERN else _decoded(raw, "cp1252", _WESTERN)
    if western and (not text or _tells_little(raw, text.text)):
        text = western
    # Halves of a byte order mark, which no word has.
    if text and text.name == _WESTERN and any(pair in text.text for pair in ("ÿþ", "þÿ")):
        return None
    return text and text._replace(name=encoding_name(text.name))


def _tells_little(raw: bytes, text: str) -> bool:
    """Whether a text may as well be Windows-1252: nothing but signs in it, or a letter or two among those of ASCII."""
    high = raw.translate(None, _ASCII).decode("cp1252")
    if not any(character.isalpha() and character not in "µªº" for character in high):
        return True
    others = _beyond_ascii(text)
    return others <= _FEW and sum(character.isascii() and character.isalpha() for character in text) > others


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _decoded(raw: bytes, codec: str, name: str) -> FoundEncoding | None:
    try:
        text = raw.decode(codec).removeprefix("\ufeff")
    except (LookupError, UnicodeError):
        return None
    return None if _NO_TEXT.search(text) else FoundEncoding(text, name)
