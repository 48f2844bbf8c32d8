from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode

from rag.answer import Citation, Sentence
from rag.answering.citations import Quote, Statement, cite, is_exact, with_markers

TEXT = "Türkiye 😀 borders Syria. It also borders Iraq. “Yes,” he said."


def node(start: int, end: int) -> TextNode:
    return TextNode(
        text=TEXT[start:end],
        start_char_idx=start,
        end_char_idx=end,
        metadata={"title": "Borders"},
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id="borders.md")},
    )


def cited(quotes: list[Quote]) -> tuple[list[Sentence], list[Citation]]:
    return cite([Statement(quote[0].text[slice(*quote[1])], "quoted", [quote]) for quote in quotes])


@given(st.data())
def test_every_citation_is_an_exact_range_and_every_sentence_has_one(data: st.DataObject) -> None:
    quotes = []
    for _ in range(data.draw(st.integers(0, 5))):
        start, end = sorted(data.draw(st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)))))
        left, right = sorted(data.draw(st.tuples(st.integers(0, end - start), st.integers(0, end - start))))
        quotes.append((node(start, end), (left, right)))
    sentences, citations = cited(quotes)
    assert len(sentences) == len(quotes)
    assert [citation.number for citation in citations] == list(range(1, len(citations) + 1))
    assert len({(c.document, c.start, c.end) for c in citations}) == len(citations)
    assert all(is_exact(citation, TEXT) for citation in citations)
    for sentence in sentences:
        assert [citations[number - 1].quote for number in sentence.citations] == [sentence.text]


def test_one_place_keeps_one_number() -> None:
    whole = node(0, len(TEXT))
    sentences, citations = cited([(whole, (25, 46)), (whole, (0, 24)), (node(25, 46), (0, 21))])
    assert [sentence.citations for sentence in sentences] == [[1], [2], [1]]
    assert (citations[0].document, citations[0].title, citations[0].start) == ("borders.md", "Borders", 25)
    assert with_markers(sentences[:2]) == "It also borders Iraq. [1] Türkiye 😀 borders Syria. [2]"


def test_a_citation_of_another_text_is_not_exact() -> None:
    _, (citation,) = cited([(node(0, 25), (0, 7))])
    assert is_exact(citation, TEXT)
    assert not is_exact(citation, TEXT.upper())
    assert not is_exact(citation, None)
