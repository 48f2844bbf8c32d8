import json
from dataclasses import replace

from rag.answer import SOURCES_DIFFER, Answer, Citation, Passage, Sentence, notes_of


def test_the_json_of_an_answer_keeps_its_contract() -> None:
    answer = Answer(
        question="q",
        answer="s [1]",
        short_answer=None,
        confidence=0.5,
        refused=False,
        reason=None,
        sentences=[Sentence("s", [1], "quoted")],
        citations=[Citation(1, "d", "t", None, 0, 1, "s")],
        passages=[Passage("i", "d", None, 0, 1, "s", 0.1, 1, None)],
    )
    data = json.loads(json.dumps(answer.as_json()))
    assert list(data) == [
        *["question", "answer", "short_answer", "confidence", "refused", "reason"],
        *["sentences", "citations", "passages", "seconds", "agreement", "notes"],
        *["searched", "model", "usage", "kind"],
    ]
    assert list(data["sentences"][0]) == ["text", "citations", "support", "short"]
    assert list(data["citations"][0]) == [
        *["number", "document", "title", "page", "start", "end", "quote", "section", "also", "boxes"]
    ]
    assert list(data["passages"][0]) == [
        *["id", "document", "page", "start", "end", "text", "score", "dense_rank", "lexical_rank", "section", "also"],
        "reader_score",
    ]
    assert list(data["seconds"]) == ["load", "retrieve", "read", "answer", "total"]


def test_notes_say_that_sources_differ_and_what_else_there_is_to_know() -> None:
    answer = Answer("q", "s", None, 0.5, False, None, [], [], [])
    assert notes_of(answer) == []
    assert notes_of(replace(answer, agreement="differ", notes=["Cut."])) == [SOURCES_DIFFER, "Cut."]
