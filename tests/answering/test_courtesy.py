"""Messages that ask nothing, and those that only look so."""

import pytest

from rag.answering.courtesy import courtesy_reply

ABOUT = "I answer questions about the documents in this index, and say where each sentence stands in them."


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("Thanks", f"You are welcome. {ABOUT}"),
        ("thank you very much for your help!", f"You are welcome. {ABOUT}"),
        ("Thanks 👍", f"You are welcome. {ABOUT}"),
        ("hello", f"Hello. {ABOUT}"),
        ("Good morning!", f"Hello. {ABOUT}"),
        ("Hello, what can you do?", f"Hello. {ABOUT}"),
        ("what can you do?", ABOUT),
        ("ok :-)", f"All right. {ABOUT}"),
        ("OK, that’s all then", f"All right. {ABOUT}"),
        ("bye", f"Goodbye. {ABOUT}"),
    ],
)
def test_courtesies_get_a_plain_reply_that_cites_nothing(message: str, reply: str) -> None:
    answer = courtesy_reply(message)
    assert answer is not None
    assert (answer.question, answer.answer, answer.is_courtesy) == (message, reply, True)
    assert (answer.refused, answer.is_draft) == (False, False)
    assert [*answer.sentences, *answer.citations, *answer.passages] == []


@pytest.mark.parametrize(
    ("message", "begins"),
    [
        ("Vielen Dank für die Hilfe!", "Gern geschehen. Ich beantworte Fragen zu den Dokumenten"),
        ("Guten Tag", "Hallo. Ich beantworte Fragen"),
        ("Was kannst du?", "Ich beantworte Fragen"),
        ("Tschüß", "Auf Wiedersehen. Ich"),
        ("Alles klar, danke", "Gut. Ich"),
    ],
)
def test_german_is_answered_in_german(message: str, begins: str) -> None:
    assert (answer := courtesy_reply(message))
    assert answer.answer.startswith(begins)


@pytest.mark.parametrize(
    "message",
    [
        "What does 'thanks' mean in the glossary?",
        "Who says hello?",
        "Hello, who led the Russian delegation?",
        "Thanks to whom was the bridge built?",
        "What can you do with a visa?",
        "hello world",
        '"hello"',
        "“Thanks”",
        "'ok'",
        "help desk",
        "Good Friday",
        "OK? Why?",
        "And Iran?",
        "again",
        "Danke wofür?",
        "...",
        "",
    ],
)
def test_where_anything_is_left_it_is_a_question(message: str) -> None:
    assert courtesy_reply(message) is None
