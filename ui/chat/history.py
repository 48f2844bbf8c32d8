"""The conversations of all visitors of the window, in one SQLite file, each seen by its own visitor alone."""
# Values are bound; what is put together is SQL of this module.
# ruff: noqa: S608

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from pydantic import TypeAdapter

from rag.answer import Answer
from rag.errors import RagError
from rag.library.database import Database
from ui.chat.kept import Feedback, KeptTurn, ListedConversation
from ui.chat.titles import folded, on_one_line

VERSION = 1
MOST_LISTED = 200

_Value = str | int | None

_SCHEMA = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, visitor TEXT NOT NULL, title TEXT NOT NULL, named TEXT NOT NULL, collection TEXT NOT NULL,
    changed TEXT NOT NULL, place INTEGER NOT NULL, UNIQUE (visitor, place)
);
CREATE TABLE turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE, position INTEGER NOT NULL,
    asked TEXT NOT NULL, said TEXT NOT NULL DEFAULT '', question TEXT NOT NULL, searched TEXT, feedback TEXT,
    reason TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '', reply TEXT, UNIQUE (conversation, position)
);
"""
"""`visitor` is a sha256, `reply` JSON. `place` orders a visitor's conversations without a clock. `named`, `asked` and
`said` are title, question and reply as they are searched, since LIKE folds the case of ASCII alone."""

_LIST = """SELECT id, title, collection, changed, (SELECT count(*) FROM turns WHERE conversation = c.id), coalesce((
    SELECT iif(instr(asked, ?2), question, coalesce(json_extract(reply, '$.answer'), json_extract(reply, '$')))
    FROM turns WHERE conversation = c.id AND (instr(asked, ?2) OR instr(said, ?2)) ORDER BY position LIMIT 1
), '') FROM conversations c WHERE visitor = ?1"""
_WITH_WORDS = """ AND NOT EXISTS (SELECT 1 FROM json_each(?) word WHERE NOT instr(named, word.value) AND NOT EXISTS (
    SELECT 1 FROM turns WHERE conversation = c.id AND (instr(asked, word.value) OR instr(said, word.value))
)) ORDER BY place DESC LIMIT ?"""
_OWN = "conversation = (SELECT id FROM conversations WHERE id = ? AND visitor = ?)"
_NOW = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
_NEXT_PLACE = "(SELECT coalesce(max(place), 0) + 1 FROM conversations WHERE visitor = ?)"

_WENT_ON = "This conversation went on in another window. Open it again, to see all of it."
_GONE = "This was changed or deleted in another window. Open the conversation again, or begin a new one."
_UNREADABLE = "This answer was kept by another version of Footnote, and cannot be shown any more. Ask again."

_REPLY: TypeAdapter[Answer | str] = TypeAdapter(Answer | str)


class HistoryError(RagError):
    """Conversations that cannot be read or kept."""


class History:
    """The conversations in a file, for threads and processes to share.

    A visitor is the secret of a browser; what is another's is as if it were not there. Raises HistoryError where the
    file cannot be used, or what is to be changed is gone.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._database = Database(file, _SCHEMA, VERSION, "history", HistoryError)

    def check(self) -> None:
        """Raise HistoryError where the file cannot be used."""
        self._run("SELECT 1 FROM conversations, turns LIMIT 1")

    def begin(self, visitor: str, index: str, title: str) -> str:
        """The id of a new conversation."""
        id, who, title = token_urlsafe(), _hashed(visitor), on_one_line(title) or "Untitled"
        sql = f"INSERT INTO conversations VALUES (?, ?, ?, ?, ?, {_NOW}, {_NEXT_PLACE})"
        self._run(sql, id, who, title, folded(title), index, who)
        return id

    def append(self, visitor: str, id: str, question: str, searched: str | None = None) -> int:
        """Keep a question, not answered yet, after all that the conversation holds; the number of its turn."""
        with self._changing(visitor, id) as connection:
            return _put(connection, id, question, searched)

    def replace(self, visitor: str, id: str, numbers: Sequence[int], question: str, searched: str | None = None) -> int:
        """Keep a question in place of the last turns, which have these numbers; the number of its turn.

        Raises HistoryError where the conversation ends in other turns, which whoever asks has not seen.
        """
        last = "SELECT number FROM turns WHERE conversation = ? AND number >= ? ORDER BY position"
        with self._changing(visitor, id) as connection:
            if [number for (number,) in connection.execute(last, _bound(id, min(numbers)))] != list(numbers):
                raise HistoryError(_WENT_ON)
            connection.execute("DELETE FROM turns WHERE conversation = ? AND number >= ?", _bound(id, min(numbers)))
            return _put(connection, id, question, searched)

    def answer(self, visitor: str, id: str, number: int, reply: Answer | str) -> None:
        """Keep the reply to the question of a turn, if that is still there."""
        said, value = (reply.answer, reply.as_json()) if isinstance(reply, Answer) else (reply, reply)
        kept = json.dumps(value, ensure_ascii=False)
        sql = f"UPDATE turns SET reply = ?, said = ? WHERE number = ? AND {_OWN}"
        self._run(sql, kept, folded(said), number, id, _hashed(visitor))

    def feedback(self, visitor: str, id: str, number: int, value: Feedback | None, reason: str, comment: str) -> None:
        """Keep what a person thinks of the reply of a turn; None takes it back."""
        sql = f"UPDATE turns SET feedback = ?, reason = ?, comment = ? WHERE number = ? AND {_OWN}"
        if not self._run(sql, value, reason, comment, number, id, _hashed(visitor))[1]:
            raise HistoryError(_GONE)

    def turns(self, visitor: str, id: str) -> list[KeptTurn]:
        """The turns of a conversation in their order; none where there is no such conversation."""
        of_a_turn = "question, reply, searched, feedback, reason, comment, number"
        sql = f"SELECT {of_a_turn} FROM turns WHERE {_OWN} ORDER BY position"
        return [KeptTurn(asked, _read(reply), *rest) for asked, reply, *rest in self._run(sql, id, _hashed(visitor))[0]]

    def get(self, visitor: str, id: str) -> ListedConversation | None:
        """A conversation, None where there is none."""
        return next(
            (ListedConversation(*row) for row in self._run(f"{_LIST} AND id = ?", _hashed(visitor), None, id)[0]), None
        )

    def conversations(self, visitor: str, words: str = "") -> list[ListedConversation]:
        """The conversations with all `words`, or parts of words, in title and turns; the one asked in last first."""
        sought = folded(words).split()
        first, all_words = next(iter(sought), None), json.dumps(sought, ensure_ascii=False)
        found, _ = self._run(_LIST + _WITH_WORDS, _hashed(visitor), first, all_words, MOST_LISTED)
        return [ListedConversation(*row) for row in found]

    def rename(self, visitor: str, id: str, title: str) -> None:
        """Give a conversation a title, cut and on one line. Raises HistoryError where nothing is left of it."""
        if not (title := on_one_line(title)):
            raise HistoryError("A title needs at least one letter or sign. Write one.")
        sql = "UPDATE conversations SET title = ?, named = ? WHERE id = ? AND visitor = ?"
        if not self._run(sql, title, folded(title), id, _hashed(visitor))[1]:
            raise HistoryError(_GONE)

    def moved(self, old: str, new: str) -> None:
        """Have the conversations of all visitors about the collection `old` be about `new`, as it is called now."""
        self._run("UPDATE conversations SET collection = ? WHERE collection = ?", new, old)

    def delete(self, visitor: str, id: str) -> None:
        """Delete a conversation, if it is there."""
        self._run("DELETE FROM conversations WHERE id = ? AND visitor = ?", id, _hashed(visitor))

    def _run(self, sql: str, *values: _Value) -> tuple[list[Any], int]:
        with self._database.connected() as connection:
            done = connection.execute(sql, _bound(*values))
            return done.fetchall(), done.rowcount

    @contextmanager
    def _changing(self, visitor: str, id: str) -> Iterator[sqlite3.Connection]:
        """A transaction in which the visitor's conversation goes on, and becomes the one asked in last."""
        who = _hashed(visitor)
        touch = f"UPDATE conversations SET changed = {_NOW}, place = {_NEXT_PLACE} WHERE id = ? AND visitor = ?"
        with self._database.connected() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute(touch, _bound(who, id, who)).rowcount:
                raise HistoryError(_GONE)
            yield connection


def _put(connection: sqlite3.Connection, id: str, question: str, searched: str | None) -> int:
    put = """INSERT INTO turns (conversation, position, question, searched, asked)
        SELECT ?, count(*), ?, ?, ? FROM turns WHERE conversation = ?"""
    return connection.execute(put, _bound(id, question, searched, folded(question), id)).lastrowid or 0


def _hashed(visitor: str) -> str:
    return hashlib.sha256(visitor.encode("utf-8", "surrogatepass")).hexdigest()


def _bound(*values: _Value) -> tuple[_Value, ...]:
    """`values` without lone surrogates, which SQLite does not take."""
    return tuple(value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for value in values)


def _read(reply: str | None) -> Answer | str | None:
    try:
        return None if reply is None else _REPLY.validate_json(reply)
    except ValueError:
        return _UNREADABLE
