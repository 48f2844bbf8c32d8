from pathlib import Path

from llama_index.core.schema import MetadataMode, TextNode

from rag.build import build_index, open_engine
from rag.config import Config
from rag.formats.folder import SourceFile, as_document
from rag.formats.readers import READERS
from rag.ingest.chunker import SentenceChunker
from rag.ingest.passages import passages_of
from rag.ingest.sections import place_nodes
from rag.metadata import HEADED, HEADINGS
from rag.models.default_embedding import default_counter
from rag.text.sentences import quotable_spans

FILLER = (
    "The housing is made of cast iron and painted twice. The shaft turns in two ball bearings that need no care. "
    "Before the first start the pipes are rinsed with clear water. The valve on the pressure side is opened slowly. "
)


def manual(kept: dict[str, int]) -> str:
    """Chapters that are alike, each of several passages, the last of which says how often a filter is cleaned."""
    parts = [
        f"## Pump {model}\n\n### Care\n\n{FILLER * 5}\n\nThe filter is cleaned every {weeks} weeks."
        for model, weeks in kept.items()
    ]
    return "# Pumps\n\n" + "\n\n".join(parts) + "\n"


def passages(text: str) -> list[TextNode]:
    parsed = READERS[".md"](text.encode())
    document = as_document(SourceFile("pumps.md", "", "", text.encode()), parsed)
    nodes = passages_of(SentenceChunker(default_counter(), 200), document, parsed.tables)
    place_nodes(nodes, parsed.sections)
    return [node for node in nodes if isinstance(node, TextNode)]


def test_a_passage_is_read_under_the_headings_that_it_does_not_begin_with() -> None:
    nodes = passages(manual({"K7": 3, "K9": 5}))
    above = [node.metadata.get(HEADINGS) for node in nodes]
    assert above[0] is None
    assert above[1] == "# Pumps\n## Pump K7\n### Care"
    last = nodes[-1]
    assert last.metadata[HEADINGS] == "# Pumps\n## Pump K9\n### Care"
    assert last.get_content(MetadataMode.EMBED) == f"{last.metadata[HEADINGS]}\n{last.text}"
    assert last.get_content(MetadataMode.LLM) == last.text


def test_a_passage_that_begins_with_a_heading_is_not_read_under_the_one_before() -> None:
    nodes = passages(f"# Pumps\n\n## Pump K7\n\n{FILLER * 2}\n\n## Pump K9\n\n{FILLER * 2}")
    (second,) = [node for node in nodes if node.text.startswith("## Pump K9")]
    assert second.metadata[HEADINGS] == "# Pumps"
    assert second.metadata[HEADED] == [(0, 2, "Pump K9")]


def test_headings_without_end_are_cut_from_the_outermost() -> None:
    nodes = passages(f"# {'Volume ' * 40}\n\n## Pump K7\n\n{FILLER * 5}")
    assert nodes[-1].metadata[HEADINGS] == "## Pump K7"


def test_what_stands_far_under_a_heading_is_about_what_it_names(tmp_path: Path) -> None:
    kept = {"K3": 2, "K5": 9, "K7": 3, "K9": 5}
    (tmp_path / "manual").mkdir()
    (tmp_path / "manual" / "pumps.md").write_text(manual(kept))
    config = Config(index_dir=tmp_path)
    build_index(tmp_path / "manual", config, "manual")
    engine = open_engine(config, "manual")
    for model, weeks in kept.items():
        answer = engine.ask(f"How often is the filter of the pump {model} cleaned?")
        assert f"every {weeks} weeks" in answer.sentences[0].text


def test_what_is_underlined_heads_what_follows() -> None:
    text = f"Lakes\n=====\n\nLake Ambel\n----------\n\n{FILLER * 5}\n\nLake Corrin\n-----------\n\nIt is cold.\n"
    nodes = passages(text)
    assert nodes[1].metadata[HEADINGS] == "# Lakes\n## Lake Ambel"
    titles = [section.title for section in READERS[".md"](text.encode()).sections]
    assert titles == ["Lakes", "Lake Ambel", "Lake Corrin"]
    last = nodes[-1].text
    assert last.endswith("Lake Corrin\n-----------\n\nIt is cold.")
    assert "Lake Corrin" not in " ".join(last[slice(*span)] for span in quotable_spans(last))
    assert not any(node.text.startswith("---") or node.text.endswith("---") for node in nodes)


def test_a_place_is_shown_with_the_headings_that_it_stands_under(tmp_path: Path) -> None:
    (tmp_path / "crew").mkdir()
    (tmp_path / "crew" / "handbook.md").write_text(
        "# Harbour handbook\n\nFor all who work here.\n\n## Deck crew\n\n### Leave\n\nThey have 28 days of leave.\n\n"
        "## Engineers\n\n### Leave\n\nThey have 31 days of leave.\n"
    )
    config = Config(index_dir=tmp_path)
    build_index(tmp_path / "crew", config, "crew")
    engine = open_engine(config, "crew")
    answer = engine.ask("How many days of leave do engineers have?")
    assert "31" in answer.answer
    assert answer.citations[0].section == "Engineers › Leave"
    assert engine.ask("Whom is the handbook for?").passages[0].section == "Harbour handbook"
