"""The window's templates: HTML in which every value shows as the text that it is, and does nothing else."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup, escape

from ui.common.texts import text

# gr.HTML runs what it is given through two template languages of its own, whose marks are `${`, `{{` and backquotes. A
# browser reads a bare carriage return as a line feed.
_MARKS = {mark: f"&#{ord(mark)};" for mark in "${}`\r"}
_LINE_BREAK = re.compile(r"\s*\n\s*")
_BREAK_AT_AN_EDGE = re.compile(r"(?:\A|(?<=>))\s*\n\s*|\s*\n\s*(?=[<>]|\Z)")


def rendered(template: str, **values: object) -> Markup:
    """The HTML of a template, which is named by its path from ui/; what is not Markup is escaped."""
    return _inert(_ENVIRONMENT.get_template(template).render(values))


def joined(pieces: Iterable[str]) -> Markup:
    """The HTML of pieces, one after the other; what is not Markup is escaped."""
    return _inert("".join(piece if isinstance(piece, Markup) else escape(piece) for piece in pieces))


def _inert(html: str) -> Markup:
    for mark, reference in _MARKS.items():
        html = html.replace(mark, reference)
    # The one place where a string becomes HTML that is not escaped any more.
    return Markup(html)  # noqa: S704


class _Layout(Extension):
    """Line breaks and indents are the layout of a template.

    Between words or attributes they are a space, beside elements and values nothing, so that only what is written
    stands between two of these.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """The tokens of a template without its layout."""
        for token in stream:
            if token.type == "data":
                laid_out = _LINE_BREAK.sub(" ", _BREAK_AT_AN_EDGE.sub("", token.value))
                yield Token(token.lineno, token.type, laid_out)
            else:
                yield token


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent.parent),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    extensions=[_Layout],
)
_ENVIRONMENT.globals["text"] = text
