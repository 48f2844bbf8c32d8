import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from llama_index.core.schema import Document, MetadataMode

from rag.ingest.chunker import SentenceChunker
from rag.models.packaged_model import load_tokenizer, packaged_model
from rag.text.tokens import TokenizerCounter

TOKENIZER = load_tokenizer(packaged_model())
CHUNKER = SentenceChunker(TokenizerCounter(TOKENIZER), max_passage_tokens=128)

PIECES = st.sampled_from(
    [
        "word ",
        "Ένα ",
        "第",
        "한국",
        "😀",
        ". ",
        "! ",
        "\n",
        "\n\n",
        "# ",
        "- ",
        "| a |",
        "x" * 150,
        "xylophonically ",
        "1,234.5 ",
    ]
)
TEXTS = st.lists(PIECES, max_size=300).map("".join)


@given(TEXTS)
@example("The same sentence. " * 100)
@example("x" * 20_000)
@example("word " * 2_000)
@example("第" * 1_000)
@example("# only\n\n## headings\n\n" * 40)
@example("")
def test_passages_are_exact_ranges_of_at_most_128_tokens(text: str) -> None:
    nodes = CHUNKER.get_nodes_from_documents([Document(id_="d", text=text)])
    previous_end = 0
    for node in nodes:
        assert text[node.start_char_idx : node.end_char_idx] == node.text
        assert previous_end <= node.start_char_idx < node.end_char_idx
        assert not text[previous_end : node.start_char_idx].strip()
        assert len(TOKENIZER.encode(node.text).ids) <= 128
        previous_end = node.end_char_idx
    assert not text[previous_end:].strip()
    assert len({node.node_id for node in nodes}) == len(nodes)


def test_repeated_text_keeps_its_own_places(chunker: SentenceChunker) -> None:
    text = "Always the same words in this sentence here. " * 100
    nodes = chunker.get_nodes_from_documents([Document(id_="d", text=text)])
    starts = [node.start_char_idx for node in nodes]
    assert len(nodes) > 3
    assert starts == sorted(set(starts))


def test_passages_hold_whole_sentences_where_they_fit(chunker: SentenceChunker) -> None:
    text = " ".join(f"This is sentence number {n} of a long paragraph about nothing." for n in range(60))
    nodes = chunker.get_nodes_from_documents([Document(id_="d", text=text)])
    assert all(node.text.startswith("This is") and node.text.endswith("nothing.") for node in nodes)


def test_a_heading_stays_with_what_it_introduces(chunker: SentenceChunker) -> None:
    filler = "A sentence that fills the passage with some words. " * 17
    nodes = chunker.get_nodes_from_documents([Document(id_="d", text=f"{filler}\n\n## Next\n\nIt begins here.")])
    assert nodes[-1].text == "## Next\n\nIt begins here."


def test_ids_derive_from_document_place_and_content(chunker: SentenceChunker) -> None:
    def ids(document: str, text: str) -> list[str]:
        return [node.node_id for node in chunker.get_nodes_from_documents([Document(id_=document, text=text)])]

    assert ids("a", "One. Two.") == ids("a", "One. Two.")
    assert ids("a", "One. Two.") != ids("a", "One. Three.")
    assert ids("a", "One. Two.") != ids("b", "One. Two.")


def test_a_node_knows_its_document_and_title_but_embeds_its_text_alone(chunker: SentenceChunker) -> None:
    (node,) = chunker.get_nodes_from_documents([Document(id_="d.md", text="One.", metadata={"title": "T"})])
    assert (node.ref_doc_id, node.metadata) == ("d.md", {"title": "T"})
    assert node.get_content(MetadataMode.EMBED) == "One."


@pytest.mark.parametrize("tokens", [128, 200, 256])
def test_longer_limits_make_fewer_passages(tokens: int) -> None:
    text = "Some words make a sentence. " * 200
    count = len(SentenceChunker(TokenizerCounter(TOKENIZER), tokens).passage_spans(text))
    assert count == -(-200 // ((tokens - 2) // 6))
