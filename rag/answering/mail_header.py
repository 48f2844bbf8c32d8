"""Which field of a mail's header a question asks for: who sent or got it, what it is about, when; nothing else."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from rag.answering.table_question import Found, Grid, TableQuestion
from rag.formats.mail.header import ATTACHMENTS, CC, DATE, FROM, SUBJECT, TO
from rag.formats.tables.table_header import Kind

_ASKED_BY: Mapping[str, tuple[Sequence[Kind | None], Sequence[str]]] = {
    FROM: (["text"], ("Who sent the mail?", "Who wrote the email?", "Who is the sender of the message?")),
    TO: (["text"], ("Who received the mail?", "Who did she write to?", "Who is the recipient of the message?")),
    CC: (["text"], ("Who got a copy of the mail?", "Who was copied in Cc?")),
    SUBJECT: ([None], ("What is the mail about?", "What is the subject of the message?")),
    DATE: (
        ["day", None],
        (
            "When was the mail sent?",
            "What is the date of the email?",
            "When did she write?",
            "When did she send the mail?",
        ),
    ),
    ATTACHMENTS: ([None], ("What is attached to the mail?",)),
}
"""What asks for a field of the header, and of which kind such a question is, None where that is not told."""

_MAIL = "mail email message"

LEAST_SIMILAR = 0.6
"""Cosine of a question and of what asks for a field from which on they ask the same."""

LEAST_PART = 0.08
"""Part of that cosine which a word has that is not among those of the mail or of what asks for a field."""

OWN_WORDS = 0.1
"""What it adds to that cosine that all words of a question are of what asks for one field and not for another."""

_TIMED = re.compile(r"\d{4}.*\d{1,2}[:.h]\d{2}")


def asked_field(question: TableQuestion, grid: Grid, said: str) -> Found | None:
    """The row of a mail's header that `question` asks for, None where it asks for anything else; `said` is of the mail.

    What a question asks is what is left of it without the words that the mail has, which only tell what mail it is.
    """
    rows = {field: row for row, field in enumerate(_fields(grid)) if field and question.kind in _ASKED_BY[field][0]}
    if question.similarity is None and question.kind is None:
        # Of these only the labels tell.
        rows = {field: row for field, row in rows.items() if question.matched(field)}
    allowed = _of_named(question, grid)
    rows = {field: row for field, row in rows.items() if field in allowed}
    if not rows:
        return None
    held, mail = question.words_of(grid), question.stems(_MAIL)
    if question.asked & mail:
        held |= question.stems(said)
    asking = frozenset().union(*(_asking(question, field) for field in _ASKED_BY))
    telling = (question.asked & held) - asking
    left = question.asked - telling
    # The date of the meeting is not that of the mail.
    if not left or question.names - held or (telling and left <= question.stems(" ".join(rows))):
        return None
    # Who wrote to somebody who is named, wrote the mail.
    written = re.findall(r"\w+", question.text)
    written = ["mail" if TO not in allowed and word.casefold() == TO.casefold() else word for word in written]
    words = [word for word in written if not question.stems(word) & telling]
    alike = max(_likeness(question, words, rows).values())
    others = [word for word in words if question.stems(word) & left - asking]
    if alike < LEAST_SIMILAR or any(alike - _without(question, words, word, rows) < LEAST_PART for word in others):
        return None
    # From whom, and who it was sent to.
    field = next((field for field in rows if field.casefold() in (written[0].casefold(), written[-1].casefold())), None)
    if field is None:
        # What the subject names is what was sent; who is named in the other fields may have sent it.
        people = question.stems(" ".join(grid.rows[rows[field]][1] for field in (FROM, TO, CC) if field in rows))
        sent = ["mail" if question.stems(word) & telling - people else word for word in written]
        sent = [word for word in dict.fromkeys(sent) if not question.stems(word) & telling]
        # Who got a copy is not answered by who sent it, where nobody did.
        meant = _likeness(question, sent, [field for field in allowed if question.kind in _ASKED_BY[field][0]])
        own = {field: len(left & _asking(question, field) - mail) / len(left) for field in meant}
        field = max(meant, key=lambda field: (meant[field] + OWN_WORDS * own[field], field in rows))
    return Found([rows[field]], 1, [0], 1.0, "meaning") if field in rows else None


def _of_named(question: TableQuestion, grid: Grid) -> list[str]:
    """The fields that may be asked for where people are named: of a mail that these sent, or that went to them.

    None of a mail that somebody else than who is named wrote.
    """
    fields = _fields(grid)

    def named(*of: str) -> set[str]:
        values = (row[1] for field, row in zip(fields, grid.rows, strict=True) if field in of and len(row) > 1)
        return set().union(*map(question.stems, values)) & question.names

    senders = named(FROM)
    if senders:
        return [field for field in _ASKED_BY if field != FROM]
    others = named(TO, CC)
    words = re.findall(r"\w+", question.text)
    sent_to = {stem for before, word in pairwise(words) if before.casefold() == "to" for stem in question.stems(word)}
    if others and not others & sent_to:
        return []
    return [field for field in _ASKED_BY if not others or field not in (TO, CC)]


def _asking(question: TableQuestion, field: str) -> frozenset[str]:
    """Stems of what asks for a field."""
    return question.stems(" ".join(_ASKED_BY[field][1]))


def _without(question: TableQuestion, words: Sequence[str], word: str, fields: Iterable[str]) -> float:
    return max(_likeness(question, [other for other in words if other != word], fields).values())


def _likeness(question: TableQuestion, words: Sequence[str], fields: Iterable[str]) -> dict[str, float]:
    """By field the cosine of words and of what asks most likely for it; where none is known, 1."""
    if question.similarity is None:
        return dict.fromkeys(fields, 1.0)
    phrases = [(field, phrase) for field in fields for phrase in _ASKED_BY[field][1]]
    cosines = question.similarity(" ".join(words), [phrase for _, phrase in phrases])
    found: dict[str, float] = {}
    for (field, _), cosine in zip(phrases, cosines, strict=True):
        found[field] = max(cosine, found.get(field, -1.0))
    return found


def _fields(grid: Grid) -> list[str]:
    """What each row is by its label; the first is who sent it and the one with a time when, whatever the language."""
    fields = [row[0] if row[0] in _ASKED_BY and len(row) > 1 else "" for row in grid.rows]
    if DATE not in fields:
        timed = [number for number, row in enumerate(grid.rows) if len(row) > 1 and _TIMED.search(row[1])]
        for number in timed[:1]:
            fields[number] = DATE
    if FROM not in fields and not fields[0]:
        fields[0] = FROM
    return fields
