import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest

from rag.answer import Answer, Box, Citation, Passage, Seconds, Sentence, Usage
from rag.engine import CitedQueryEngine
from tests.conftest import REPOSITORY
from ui.chat.history import MOST_LISTED, History, HistoryError
from ui.chat.kept import KeptTurn, ListedConversation
from ui.chat.titles import title_of

RICH = Answer(
    question="Wie lang ist der Rhein? “é\u2028\0”",
    answer="The Rhine is 1,233 km long. [1]",
    short_answer="1,233 km",
    confidence=0.875,
    refused=False,
    reason="why",
    sentences=[
        Sentence("The Rhine is 1,233 km long.", [1], "quoted", (13, 21)),
        Sentence("It is wet.", [], "unsupported"),
    ],
    citations=[
        Citation(
            1,
            "rivers.pdf",
            "Rivers",
            2,
            10,
            37,
            "The Rhine is 1,233 km long.",
            "1 Rhine",
            ["copy.pdf"],
            [Box(2, 0.5, 1, 2, 3)],
        )
    ],
    passages=[
        Passage("p1", "rivers.pdf", 2, 0, 40, "text", 0.03, 1, None, "1 Rhine", ["copy.pdf"], 0.9),
        Passage("p2", "towns.txt", None, 0, 4, "text", 0.01, None, 2),
    ],
    seconds=Seconds(0.5, 1, 2, 3, 6.5),
    agreement="differ",
    notes=["A note."],
    searched="How long is the Rhine?",
    model="openai/m",
    usage=Usage("openai/m", 2, 100, 20, 1.5, True, "v1"),
)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "data" / "history.sqlite")


def begun(history: History, question: str = "How long is the Rhine?", title: str = "Rhine", visitor: str = "me") -> str:
    conversation = history.begin(visitor, "seeds", title)
    history.append(visitor, conversation, question)
    return conversation


def edit(history: History, statement: str, *values: object) -> None:
    """A change that no method makes."""
    connection = sqlite3.connect(history.file)
    with connection:
        connection.execute(statement, values)
    connection.close()


def test_a_conversation_is_found_again_by_another_process_of_the_same_visitor(history: History) -> None:
    conversation = begun(history)
    assert history.turns("me", conversation) == [KeptTurn("How long is the Rhine?")]
    history.answer("me", conversation, 1, RICH)
    history.feedback("me", conversation, 1, "down", "wrong", "It is longer.")
    history.append("me", conversation, "And the Elbe?", "How long is the Elbe?")
    history.answer("me", conversation, 2, "The model cannot be reached.")
    again = History(history.file)
    assert again.turns("me", conversation) == [
        KeptTurn("How long is the Rhine?", RICH, None, "down", "wrong", "It is longer."),
        KeptTurn("And the Elbe?", "The model cannot be reached.", "How long is the Elbe?"),
    ]
    listed = again.get("me", conversation)
    assert listed == ListedConversation(conversation, "Rhine", "seeds", listed.changed if listed else "", 2)
    assert again.conversations("me") == [listed]


def test_the_time_of_a_change_is_in_utc_to_the_second(history: History) -> None:
    begun(history)
    (listed,) = history.conversations("me")
    pattern = "".join("0" if character.isdecimal() else character for character in listed.changed)
    assert pattern == "0000-00-00T00:00:00Z"


def test_every_field_of_an_answer_is_kept(history: History) -> None:
    conversation = begun(history)
    history.answer("me", conversation, 1, RICH)
    (kept,) = history.turns("me", conversation)
    assert isinstance(kept.reply, Answer)
    for field in fields(Answer):
        assert getattr(kept.reply, field.name) == getattr(RICH, field.name), field.name
    assert kept.reply.sentences[0].short == (13, 21)
    assert isinstance(kept.reply.sentences[0].short, tuple)


def test_answers_of_the_engine_are_kept(history: History, seeds_engine: CitedQueryEngine) -> None:
    questions = ["Who led the Russian delegation?", "Which wine goes with grilled trout?"]
    answers = [seeds_engine.ask(question) for question in questions]
    conversation = history.begin("me", "seeds", "Russia")
    for answer in answers:
        history.answer("me", conversation, history.append("me", conversation, answer.question), answer)
    assert [kept.reply for kept in history.turns("me", conversation)] == answers
    assert {answer.refused for answer in answers} == {True, False}


def test_an_edited_question_replaces_what_followed(history: History) -> None:
    conversation = begun(history, "a")
    numbers = [history.append("me", conversation, question) for question in "bcd"]
    history.feedback("me", conversation, numbers[0], "up", "", "")
    history.replace("me", conversation, numbers, "B")
    assert history.turns("me", conversation) == [KeptTurn("a"), KeptTurn("B")]


def test_a_late_answer_is_not_kept_for_what_was_asked_instead(history: History) -> None:
    conversation = begun(history)
    first = history.replace("me", conversation, [1], "a")
    second = history.replace("me", conversation, [first], "b")
    history.answer("me", conversation, first, "to a")
    assert history.turns("me", conversation) == [KeptTurn("b")]
    history.answer("me", conversation, second, "to b")
    history.answer("me", conversation, second + 1, "to nothing")
    assert history.turns("me", conversation) == [KeptTurn("b", "to b")]
    assert history.append("me", conversation, "c") > second > first


def test_turns_that_were_asked_elsewhere_meanwhile_are_kept(history: History) -> None:
    conversation = begun(history)
    numbers = [history.append("me", conversation, question) for question in ("in one window", "in another")]
    assert [kept.number for kept in history.turns("me", conversation)] == [1, *numbers]
    assert [kept.question for kept in history.turns("me", conversation)][1:] == ["in one window", "in another"]


@pytest.mark.parametrize("seen", [[1], [2], [1, 3], [1, 2, 3, 4], [3, 2], [0], [10**12]])
def test_only_the_last_turns_are_replaced_and_none_that_was_not_seen(history: History, seen: list[int]) -> None:
    conversation = begun(history)
    for question in ("second", "third"):
        history.append("me", conversation, question)
    before = history.turns("me", conversation)
    with pytest.raises(HistoryError, match="went on in another window"):
        history.replace("me", conversation, seen, "late")
    assert history.turns("me", conversation) == before
    history.replace("me", conversation, [2, 3], "in time")
    assert history.turns("me", conversation) == [before[0], KeptTurn("in time")]


def test_feedback_is_changed_and_taken_back(history: History) -> None:
    conversation = begun(history)
    history.feedback("me", conversation, 1, "up", "", "")
    history.feedback("me", conversation, 1, "down", "wrong", "no")
    assert history.turns("me", conversation)[0].feedback == "down"
    history.feedback("me", conversation, 1, None, "", "")
    assert history.turns("me", conversation) == [KeptTurn("How long is the Rhine?")]
    with pytest.raises(HistoryError, match="changed or deleted"):
        history.feedback("me", conversation, 2, "up", "", "")


def test_the_conversation_asked_in_last_comes_first(history: History) -> None:
    first, second, third = (begun(history, title=title) for title in "abc")
    assert [listed.id for listed in history.conversations("me")] == [third, second, first]
    history.append("me", first, "again")
    history.rename("me", second, "renamed")
    assert [(listed.title, listed.turns) for listed in history.conversations("me")] == [
        ("a", 2),
        ("c", 1),
        ("renamed", 1),
    ]


def test_conversations_go_along_with_a_collection_that_is_renamed(history: History) -> None:
    mine, other = begun(history), begun(history, visitor="another")
    kept = history.get("me", mine)
    assert kept
    elsewhere = history.begin("me", "towns", "Bern")
    history.moved(kept.index, "streams")
    found = [history.get("me", mine), history.get("another", other), history.get("me", elsewhere)]
    assert [listed.index for listed in found if listed] == ["streams", "streams", "towns"]


def test_a_list_is_limited(history: History) -> None:
    for number in range(MOST_LISTED + 3):
        history.begin("me", "seeds", f"number {number}")
    listed = history.conversations("me")
    assert len(listed) == MOST_LISTED
    assert listed[0].title == f"number {MOST_LISTED + 2}"
    assert [found.title for found in history.conversations("me", "number 0")][-1] == "number 0"


def test_another_visitor_sees_and_changes_nothing(history: History) -> None:
    conversation = begun(history)
    history.answer("me", conversation, 1, RICH)
    before = history.conversations("me"), history.turns("me", conversation)
    messages = set()
    for visitor, identity in (("other", conversation), ("me", "missing"), ("me", "\ud800"), ("", conversation)):
        assert history.conversations("other") == history.conversations("other", "Rhine") == []
        assert history.get(visitor, identity) is None
        assert history.turns(visitor, identity) == []
        history.answer(visitor, identity, 1, "mine")
        history.delete(visitor, identity)
        changes: list[Callable[[], object]] = [
            lambda who=visitor, at=identity: history.append(who, at, "mine"),
            lambda who=visitor, at=identity: history.replace(who, at, [1], "mine"),
            lambda who=visitor, at=identity: history.feedback(who, at, 1, "down", "", ""),
            lambda who=visitor, at=identity: history.rename(who, at, "mine"),
        ]
        for change in changes:
            with pytest.raises(HistoryError) as caught:
                change()
            messages.add(str(caught.value))
    assert len(messages) == 1
    assert (history.conversations("me"), history.turns("me", conversation)) == before


def test_the_secret_of_a_visitor_is_not_in_the_file(history: History) -> None:
    begun(history, visitor="very-secret-token")
    history.conversations("very-secret-token", "x")
    assert all(b"very-secret-token" not in file.read_bytes() for file in history.file.parent.iterdir())


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("", True),
        ("  ", True),
        ("РЕЙН", True),
        ("рейн", True),
        ("рЕк эльБА", True),
        ("straße", True),
        ("STRASSE", True),
        ("caf\u00e9", True),
        ("cafe\u0301", True),
        ("title CAFÉ Эльба", True),
        ("100%", True),
        ("a_b", True),
        ("%", True),
        ("10%0", False),
        ("a%b", False),
        ("axb", False),
        ("Эльба Дунай", False),
        ("unreached", True),
        ('"', False),
        ("'; DROP TABLE turns; --", False),
        ("half \ud800", False),
        ("word " * 3000, False),
    ],
)
def test_words_are_found_in_any_case_and_script(history: History, words: str, is_found: bool) -> None:
    conversation = begun(history, "Как длинна река РЕЙН?", "Title café")
    history.answer("me", conversation, 1, Answer("q", "Эльба, Straße 100% a_b", None, 1, False, None, [], [], []))
    history.append("me", conversation, "?")
    history.answer("me", conversation, 2, "The model is UNREACHED.")
    begun(history, "nothing", "nothing", visitor="other")
    assert [listed.id for listed in history.conversations("me", words)] == ([conversation] if is_found else [])


def test_words_of_a_replaced_turn_are_not_found(history: History) -> None:
    conversation = begun(history, "Elbe?")
    history.answer("me", conversation, 1, "Hamburg")
    history.replace("me", conversation, [1], "Rhine?")
    assert history.conversations("me", "elbe") == history.conversations("me", "hamburg") == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" two\r\nlines\tand\u2028more\0 ", "two lines and more"),
        ("x" * 200, "x" * 120),
        ("Рейн 👩‍👩‍👧", "Рейн 👩‍👩‍👧"),
        ("half \ud800", "half ?"),
    ],
)
def test_a_title_is_one_line_and_cut(history: History, given: str, kept: str) -> None:
    conversation = begun(history)
    history.rename("me", conversation, given)
    other = history.begin("me", "seeds", given)
    assert [listed.title for listed in history.conversations("me")] == [kept, kept]
    assert history.get("me", other) is not None


@pytest.mark.parametrize("blank", ["", " \n", "\0", "\u200b\u200d", "\u2028"])
def test_a_blank_title_is_refused(history: History, blank: str) -> None:
    conversation = begun(history)
    with pytest.raises(HistoryError, match="A title needs"):
        history.rename("me", conversation, blank)
    assert history.get("me", conversation).title == "Rhine"
    assert history.get("me", history.begin("me", "seeds", blank)).title == "Untitled"


def test_the_title_of_a_question_is_its_beginning() -> None:
    assert title_of(" How long\n is  it? ") == "How long is it?"
    assert title_of("x" * 60) == "x" * 60
    assert title_of("word " * 12) == ("word " * 12).strip()
    assert title_of("word " * 30) == ("word " * 12).strip()
    assert title_of("ab " + "x" * 100) == "ab " + "x" * 57
    assert title_of("河" * 100) == "河" * 60
    assert title_of(" \n") == ""


def test_half_characters_are_replaced(history: History) -> None:
    conversation = history.begin("me", "se\ud800eds", "t")
    history.append("me", conversation, "half \ud800?", "\udfff")
    history.answer("me", conversation, 1, Answer("\ud800", "a \ud800", None, 1, False, None, [], [], []))
    history.feedback("me", conversation, 1, "down", "\ud800", "\udcff")
    (kept,) = history.turns("me", conversation)
    assert kept == KeptTurn("half ??", Answer("?", "a ?", None, 1, False, None, [], [], []), "?", "down", "?", "?")
    history.answer("me", conversation, 1, "\ud800")
    assert history.turns("me", conversation)[0].reply == "?"


@pytest.mark.parametrize(
    "stored",
    ["{", "[]", "{}", "7", '{"question": "q"}', json.dumps(RICH.as_json() | {"sentences": [{"text": "older"}]})],
)
def test_an_answer_that_cannot_be_read_says_so(history: History, stored: str) -> None:
    conversation = begun(history)
    edit(history, "UPDATE turns SET reply = ?", stored)
    (kept,) = history.turns("me", conversation)
    assert kept.question == "How long is the Rhine?"
    assert isinstance(kept.reply, str)
    assert "another version" in kept.reply


def test_an_answer_of_a_version_with_more_or_fewer_fields_is_read(history: History) -> None:
    conversation = begun(history)
    stored = RICH.as_json() | {"added": 1}
    del stored["usage"]
    edit(history, "UPDATE turns SET reply = ?", json.dumps(stored))
    reply = history.turns("me", conversation)[0].reply
    assert isinstance(reply, Answer)
    assert reply.citations == RICH.citations


def test_what_is_deleted_is_gone_from_the_file(history: History) -> None:
    conversation = begun(history, "secretquestion")
    history.answer("me", conversation, 1, "secretanswer " * 1000)
    kept = begun(history)
    history.delete("me", conversation)
    assert history.get("me", conversation) is None
    assert [listed.id for listed in history.conversations("me")] == [kept]
    assert {file.name for file in history.file.parent.iterdir()} - {"history.sqlite.lock"} == {"history.sqlite"}
    content = history.file.read_bytes()
    assert b"secretquestion" not in content
    assert b"secretanswer" not in content


@pytest.mark.parametrize("damage", [b"no SQLite at all " * 500, b"", b"SQLite format 3\0" + b"x" * 5000])
def test_a_damaged_file_is_said_and_left(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "history.sqlite"
    file.write_bytes(damage)
    with pytest.raises(HistoryError, match=r"history\.sqlite is damaged.*left as it is.*put a copy back"):
        History(file).check()
    assert file.read_bytes() == damage


def test_a_page_that_is_damaged_while_the_window_is_open_is_said(history: History) -> None:
    conversation = begun(history)
    history.answer("me", conversation, 1, "long " * 5000)
    content = bytearray(history.file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    history.file.write_bytes(content)
    for use in (
        lambda: history.turns("me", conversation),
        lambda: begun(history),
        lambda: History(history.file).check(),
    ):
        with pytest.raises(HistoryError, match="is damaged"):
            use()
    assert history.file.read_bytes() == content


def test_a_file_of_a_newer_version_or_of_another_program_is_left(history: History, tmp_path: Path) -> None:
    begun(history)
    edit(history, "PRAGMA user_version = 2")
    before = history.file.read_bytes()
    with pytest.raises(HistoryError, match=r"newer version of Footnote \(format 2\).*RAG_DATA_DIR"):
        History(history.file).check()
    with pytest.raises(HistoryError, match="newer version"):
        history.conversations("me")
    assert history.file.read_bytes() == before
    for version in (0, 1):
        other = tmp_path / f"{version}.sqlite"
        connection = sqlite3.connect(other)
        connection.executescript(f"CREATE TABLE theirs (a); PRAGMA user_version = {version}")
        connection.close()
        before = other.read_bytes()
        with pytest.raises(HistoryError, match="no history"):
            History(other).check()
        assert other.read_bytes() == before


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    for file in (tmp_path / "taken" / "history.sqlite", tmp_path):
        with pytest.raises(HistoryError, match="cannot be read or written"):
            History(file).check()


def test_a_file_taken_away_while_the_window_is_open_is_made_again(history: History) -> None:
    begun(history)
    history.file.unlink()
    Path(f"{history.file}-wal").write_bytes(b"left over")
    Path(f"{history.file}.part").write_bytes(b"of a process that was killed")
    assert history.conversations("me") == []
    begun(history)
    assert len(history.conversations("me")) == 1


def test_the_file_is_for_its_owner_alone(history: History) -> None:
    history.check()
    assert history.file.stat().st_mode & 0o077 == 0


def test_threads_open_and_write_at_once(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    together = Barrier(8)

    def visit(number: int) -> list[KeptTurn]:
        visitor = f"visitor {number % 4}"
        together.wait()
        history = History(file)
        conversation = history.begin(visitor, "seeds", f"thread {number}")
        for position in range(10):
            turn = history.append(visitor, conversation, f"{number} asks {position}")
            history.answer(visitor, conversation, turn, f"{number} gets {position}")
        return history.turns(visitor, conversation)

    with ThreadPoolExecutor(8) as threads:
        for number, turns in enumerate(threads.map(visit, range(8))):
            assert turns == [KeptTurn(f"{number} asks {at}", f"{number} gets {at}") for at in range(10)]
    assert [len(History(file).conversations(f"visitor {number}")) for number in range(4)] == [2] * 4


def test_processes_write_at_once(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ui.chat.history import History\n"
        "history = History(Path(sys.argv[1]))\n"
        "for number in range(30):\n"
        "    conversation = history.begin('me', 'seeds', sys.argv[2])\n"
        "    history.answer('me', conversation, history.append('me', conversation, 'q'), 'a')"
    )
    file = tmp_path / "history.sqlite"
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(file), name], cwd=REPOSITORY) for name in ("one", "two")
    ]
    history = History(file)
    for _ in range(30):
        begun(history, title="here")
    assert [process.wait(120) for process in processes] == [0, 0]
    for name in ("one", "two", "here"):
        assert len(history.conversations("me", name)) == 30


def test_a_killed_process_loses_nothing_that_it_kept(tmp_path: Path) -> None:
    program = (
        "import sys; from itertools import count; from pathlib import Path; from ui.chat.history import History\n"
        "history = History(Path(sys.argv[1]))\n"
        "conversation = history.begin('me', 'seeds', 't')\n"
        "for position in count():\n"
        "    turn = history.append('me', conversation, str(position))\n"
        "    history.answer('me', conversation, turn, 'a' * 9000)\n"
        "    print(position, flush=True)"
    )
    file = tmp_path / "history.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(file)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    for _ in range(50):
        last = int(process.stdout.readline())
    process.kill()
    last = max([last, *map(int, process.stdout.read().split())])
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    history = History(file)
    (listed,) = history.conversations("me")
    turns = history.turns("me", listed.id)
    assert len(turns) > last
    for kept, position in zip(turns, count(), strict=False):
        assert kept.question == str(position)
        assert kept.reply == "a" * 9000 or position > last
