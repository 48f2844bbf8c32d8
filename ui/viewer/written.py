"""A text written as HTML from its beginning on, or as the words that a person reads of it."""

from markupsafe import Markup

from ui.common.templates import joined
from ui.viewer.inline import inline_pieces

_FIRST_MARK = Markup('<mark class="cited" id="cited">')
_MARK = Markup('<mark class="cited">')
SYNTAX = Markup('<span class="syntax">')
END_OF_SPAN = Markup("</span>")
ROW = Markup('<div class="row" role="row">')
RULE_ROW = Markup('<div class="row rule" role="row">')
HEAD_CELL = Markup('<div class="cell" role="columnheader">')
CELL = Markup('<div class="cell" role="cell">')
_NEXT_CELL = "\x1f"


class Page:
    """HTML of a text, written from its beginning on, so that none of it can be left out, changed or repeated."""

    def __init__(self, text: str, start: int, end: int, has_inline: bool, is_first: bool) -> None:
        self.text = text
        self._has_inline = has_inline
        self._at = 0
        self._start = start
        self._end = end
        self._pieces: list[str] = []
        """Markup, and text that is to be escaped."""
        self._mark_tag = _FIRST_MARK if is_first else _MARK

    def tag(self, markup: Markup) -> None:
        """Markup that holds nothing of the text."""
        self._pieces.append(markup)

    def show(self, to: int) -> None:
        """The text as far as `to`."""
        at, self._at = self._at, max(self._at, to)
        first, last = max(at, self._start), min(to, self._end)
        if first < last or at <= self._start == self._end < to:
            self._pieces.append(self.text[at:first])
            self._mark(first, last)
            at = last
        if at < to:
            self._pieces.append(self.text[at:to])

    def show_inline(self, to: int) -> None:
        """The text as far as `to`, with its emphasis, code and links."""
        for start, end, before, after in inline_pieces(self.text, self._at, to) if self._has_inline else ():
            self.show(start)
            self.tag(before)
            self.hide(end)
            self.tag(after)
        self.show(to)

    def hide(self, to: int, tag: Markup = SYNTAX) -> None:
        """The text as far as `to`, as what need not be seen."""
        if to > self._at:
            self.tag(tag)
            self.show(to)
            self.tag(END_OF_SPAN)

    def finished(self) -> Markup:
        """The HTML of the whole text."""
        self.show(len(self.text))
        if self._start == self._end == len(self.text):
            self._mark(self._start, self._end)
        return joined(self._pieces)

    def _mark(self, first: int, last: int) -> None:
        self._pieces += [self._mark_tag, self.text[first:last], Markup("</mark>")]
        self._mark_tag = _MARK


class Words(Page):
    """What is shown of a text, without the marks around it."""

    def tag(self, markup: Markup) -> None:
        """Where rows and cells begin; no more is kept of markup."""
        if markup in (CELL, HEAD_CELL):
            self._pieces.append(_NEXT_CELL)
        elif markup in (ROW, RULE_ROW):
            self.begin_line()

    def begin_line(self) -> None:
        """What follows is no cell of the row before."""
        self._pieces.append("\n")

    def hide(self, to: int, tag: Markup = SYNTAX) -> None:
        """Leave out the text as far as `to`."""
        if to > self._at:
            self._pieces.append(" " if self.text[self._at : to].isspace() else "")
            self._at = to

    def words(self) -> str:
        """The words of the whole text."""
        self.show(len(self.text))
        rows = [line.split(_NEXT_CELL) for line in "".join(self._pieces).split("\n")]
        lines = (" · ".join(cell.strip() for cell in row if cell.strip()) for row in rows)
        return " ".join(line for line in lines if line)
