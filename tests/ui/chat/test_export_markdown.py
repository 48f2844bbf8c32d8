from rag.answer import Answer, Citation, Sentence
from ui.chat.export_markdown import answer_markdown, conversation_markdown
from ui.chat.kept import KeptTurn


def answer(said: str, support: str = "quoted") -> Answer:
    citation = Citation(1, "a.md", "A *title*", 2, 3, 9, "a [quote]\nof it")
    return Answer("Who?", said, None, 0.5, False, None, [Sentence(said, [1], support)], [citation], [])


def test_an_answer_is_followed_by_its_footnotes() -> None:
    assert answer_markdown(answer("He_led [^9].")) == (
        "He\\_led \\[^9\\].[^1]\n\n[^1]: A \\*title\\*, a.md, page 2, characters 3-9: “a \\[quote\\] of it”"
    )
    assert "*(not supported by the documents)*" in answer_markdown(answer("He led.", "unsupported"))
    assert "*(calculated from what it cites)*" in answer_markdown(answer("2 counted: Ann; Bo", "calculated"))


def test_a_courtesy_is_its_reply() -> None:
    reply = Answer("Hi", "Hello *you*.", None, 0.0, False, None, [], [], [], kind="courtesy")
    assert answer_markdown(reply) == "Hello \\*you\\*."


def test_footnotes_of_a_conversation_are_numbered_through() -> None:
    turns = [
        KeptTurn("# Who?", answer("One.")),
        KeptTurn("Then?", answer("Two.")),
        KeptTurn("And?", "no index"),
        KeptTurn("So?"),
    ]
    written = conversation_markdown("A talk", turns)
    assert written.startswith("# A talk\n\n## \\# Who?\n\nOne.[^1]\n\n[^1]: ")
    assert "Two.[^2]\n\n[^2]: " in written
    assert "## And?\n\nno index\n\n## So?\n\nThis question was never answered" in written
