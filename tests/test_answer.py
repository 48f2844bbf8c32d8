import json

from rag.answer import Answer, Citation, Passage, Sentence


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
        *["sentences", "citations", "passages", "seconds"],
    ]
    assert list(data["sentences"][0]) == ["text", "citations", "support"]
    assert list(data["citations"][0]) == [
        *["number", "document", "title", "page", "start", "end", "quote", "section", "also", "boxes"]
    ]
    assert list(data["passages"][0]) == [
        *["id", "document", "page", "start", "end", "text", "score", "dense_rank", "lexical_rank", "section", "also"]
    ]
    assert list(data["seconds"]) == ["load", "retrieve", "answer", "total"]
