"""A language model's text as plain sentences: without markup, links, or what it thought before it answered."""

import re

from rag.text.markdown_syntax import BULLET, FENCE, HEADING, NUMBER
from rag.text.words import is_utf8

# One that is not ended is a thought only where the text begins with it.
_THOUGHT = re.compile(
    r"\A\s*<think(?:ing)?>(?:(?!</think).)*\Z|<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE
)
_CODE_FENCE = re.compile(rf"^[ \t]*(?:{FENCE})[ \t]*[\w+#.-]*[ \t]*$|{FENCE}", re.MULTILINE)
_IMAGE = re.compile(r"!\[(?!\s*\d+\s*\])([^\]\n]*)\]\s?(?:\([^)\n]*\)?|\[[^\]\n]*\])")
_LINK = re.compile(r"\[([^\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*(?:\)|\Z)")
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>")
_BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6])\b[^<>]*>", re.IGNORECASE)
_LIKE_A_TAG = re.compile(r"<(?=[a-zA-Z!/])")
"""What begins like a tag and does not end: no more of it may go than would make it one."""

_ADDRESS = re.compile(
    r"(?:\b(?:[a-z][a-z0-9+.-]*://|www\.|(?:javascript|data|mailto|vbscript):(?=\S))|(?<![:\w/])//(?=[\w-]+\.\w))"
    r"[^\s<>\"'\])]*",
    re.IGNORECASE,
)
# A link's definition: no more than an address, and at most its title in quotes. `[1]: The talks …` is a citation.
_DEFINITION = re.compile(
    rf"^[ \t]*\[(?!\s*\d+\s*\])[^\]\n]+\]:[ \t]*(?:<[^<>\n]*>|{_ADDRESS.pattern})[ \t]*(?:[\"'(][^\n]*[\"')])?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_EMPHASIS = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_NUMBERED = re.compile(rf"^[ \t]*({NUMBER})[ \t]+", re.MULTILINE)
_LINE_START = re.compile(rf"^[ \t]*(?:{HEADING}[ \t]+|>[ \t]?|{BULLET}[ \t]+)", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff]")


def plain_text(text: str, source: str = "") -> tuple[str, list[str]]:
    """The text without markup, and sentences that say what was taken out that a person might have trusted.

    An address stays, as plain text, where `source` holds it word for word.
    """
    problems: list[str] = []
    text = _THOUGHT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROL.sub("", text) if is_utf8(text) else text.encode("utf-8", "replace").decode("utf-8")
    held = {address for address in _ADDRESS.findall(text) if address.rstrip(".,;:") in source}
    linked = any(pattern.search(text) for pattern in (_IMAGE, _LINK, _DEFINITION))
    if linked or set(_ADDRESS.findall(text)) - held:
        problems.append("The model wrote a link: taken out.")
    for pattern, kept in ((_CODE_FENCE, ""), (_IMAGE, r"\1"), (_DEFINITION, "")):
        text = pattern.sub(kept, text)
    text = _LINK.sub(lambda match: f"[{match[1]}]" if match[1].strip().isdigit() else match[1], text)
    text = _ADDRESS.sub(lambda match: match.group() if match.group() in held else "", text)
    if _TAG.search(text):
        problems.append("The model wrote markup: taken out.")
    # What is left when a tag is taken out of another may be one.
    while (without := _TAG.sub("", _BREAK.sub("\n", text))) != text:
        text = without
    text = _LIKE_A_TAG.sub("< ", text)
    text = _EMPHASIS.sub(r"\2", text)
    text = _LINE_START.sub("", text)
    if [int(number[:-1]) for number in _NUMBERED.findall(text)][:2] == [1, 2]:
        # A list's numbers are markup; a line that begins with a date's is none.
        text = _NUMBERED.sub("", text)
    return text, problems
