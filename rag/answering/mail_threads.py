"""Which message of a thread of mails a sentence is from, and which of two messages is the newer."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from llama_index.core.schema import NodeWithScore

from rag.answering.whole_tables import TablesOf, WholeTable
from rag.formats.mail.header import ATTACHMENTS, DATE, HEADER, SUBJECT, sent_at
from rag.formats.mail.thread import EARLIER, REPLY
from rag.metadata import SECTION

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_WORD = r"[^\W\d]{3,}\.?"
_DAY = re.compile(
    rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日"
    rf"|\d{{1,2}}\.? (?:de )?{_WORD},? (?:de )?\d{{4}}|{_WORD} \d{{1,2}},? \d{{4}}"
)
"""A day as mail programs write it."""

_MARKS = re.compile(r"(?:[^\W\d]{2,4}(?:\[\d+\])?\s?[:：]\s*)+")
"""What mail programs put before the subject of what is answered or passed on."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that stands in a document from `at` on, quoted or the mail's own; its day, "" where that is not told.

    `thread` is the subject that all mails of a thread have, `sent` the time of the mail that holds it.
    """

    document: str
    thread: str
    sent: datetime | None
    is_quoted: bool
    at: int
    day: str

    def is_newer_than(self, other: "Message") -> bool:
        """Whether it was written after another of its thread, as far as that can be told."""
        if self.document == other.document:
            # Whether a mail goes on above or below what it quotes, of that the newest is named first.
            return other.is_quoted and (not self.is_quoted or self.at < other.at)
        is_of_thread = bool(self.thread) and self.thread == other.thread and not self.is_quoted
        return is_of_thread and self.sent is not None and other.sent is not None and self.sent > other.sent


@dataclass(frozen=True, slots=True)
class _Mail:
    """What the header of a mail says of it, and by place the titles of what begins there and is not its own text."""

    thread: str
    sent: datetime | None
    attachments: tuple[str, ...]
    parts: list[tuple[int, str]]

    def is_attached(self, title: str) -> bool:
        return any(title in (f"Attachment: {name}", name) or title.startswith(f"{name}: ") for name in self.attachments)


class Messages:
    """The messages that `nodes` hold sentences of; `tables_of` has the tables of a document, a mail's header first."""

    def __init__(self, nodes: Sequence[NodeWithScore], tables_of: TablesOf) -> None:
        self._nodes = nodes
        self._mails: dict[str, _Mail] = {}
        titles: dict[str, set[tuple[int, str]]] = defaultdict(set)
        for node in nodes:
            titles[node.node.ref_doc_id or ""] |= set(_titles(node))
        for document, found in titles.items():
            if fields := _header(tables_of(document)):
                attachments = tuple(filter(None, fields.get(ATTACHMENTS, "").split(", ")))
                mail = _Mail(_thread(fields.get(SUBJECT, "")), sent_at(fields.get(DATE, "")), attachments, [])
                mail.parts.extend(
                    (at, title)
                    for at, title in sorted(found)
                    if title == REPLY or title.startswith(EARLIER) or mail.is_attached(title)
                )
                self._mails[document] = mail

    def is_outdated(self, message: Message) -> bool:
        """Whether a message is quoted by a newer one, or another mail of its thread was sent later."""
        return any(_own(document, mail).is_newer_than(message) for document, mail in self._mails.items())

    def of(self, number: int, place: int) -> Message | None:
        """The message that a place in the passage of this number is of; None where it is of no mail, or attached."""
        node = self._nodes[number].node
        document = node.ref_doc_id or ""
        mail = self._mails.get(document)
        if mail is None:
            return None
        before = [(at, title) for at, title in mail.parts if at <= _start(self._nodes[number]) + place]
        if any(mail.is_attached(title) for _, title in before):
            return None
        _, title = before[-1] if before else (0, REPLY)
        if title == REPLY:
            return _own(document, mail)
        first = next(at for at, other in mail.parts if other == title)
        written = _DAY.search(title)
        return Message(document, mail.thread, mail.sent, True, first, written.group() if written else "")


def _own(document: str, mail: _Mail) -> Message:
    """What a mail says itself."""
    day = f"{mail.sent.day} {mail.sent:%B %Y}" if mail.sent else ""
    return Message(document, mail.thread, mail.sent, False, 0, day)


def _titles(node: NodeWithScore) -> Iterator[tuple[int, str]]:
    """The headings that a passage stands under, each with its place in the document; the first is that of its begin."""
    start = _start(node)
    if section := node.node.metadata.get(SECTION):
        yield start, str(section)
    for heading in _HEADING.finditer(node.text):
        yield start + heading.start(), heading.group(1)


def _start(node: NodeWithScore) -> int:
    return getattr(node.node, "start_char_idx", None) or 0


def _header(tables: Mapping[int, WholeTable]) -> dict[str, str]:
    """The fields of a mail's own header, none where there is none among the tables of a document."""
    first = tables[min(tables)] if tables else None
    if first is None or first.grid.caption != HEADER:
        return {}
    return {row[0]: row[1] for row in first.grid.rows if len(row) > 1}


def _thread(subject: str) -> str:
    marks = _MARKS.match(subject)
    return " ".join((subject[marks.end() :] if marks else subject).casefold().split())
