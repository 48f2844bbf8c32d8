"""Documents of real indexes, opened: at their place or a page, and what is said where they have changed or are gone."""

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rag.answer import Answer, Citation
from rag.answering.locations import placed
from rag.build import build_index, open_engine
from rag.config import Config
from rag.engine import CitedQueryEngine
from rag.library.open_document import OpenDocument
from tests.formats.make_pdf import make_pdf, show
from ui.viewer.places import ShownPlace
from ui.viewer.routes import PAGE_PATH, TEXT_PATH, viewer_routes
from ui.viewer.viewer import library_view_html, view_html

PAGES = [[(72, 700, f"The lamp of station {number} is lit at dusk.")] for number in range(1, 5)]
QUOTE = "The lamp of station 3 is lit at dusk."
LAMPS = "north/lamps.pdf"


@pytest.fixture
def engine(tmp_path: Path, model_cache: Path) -> CitedQueryEngine:
    """What answers from a PDF of four pages and a note."""
    (tmp_path / "docs" / "north").mkdir(parents=True)
    pdf = make_pdf([show(page) for page in PAGES], info={"Title": "about:blank"})
    (tmp_path / "docs" / LAMPS).write_bytes(pdf)
    (tmp_path / "docs" / "note.txt").write_text("Oil is short.\n")
    config = Config(cache_dir=model_cache, index_dir=tmp_path / "index")
    build_index(tmp_path / "docs", config, "lamps")
    return open_engine(config, "lamps")


@pytest.fixture
def client(engine: CitedQueryEngine) -> TestClient:
    return TestClient(Starlette(routes=viewer_routes(lambda name: engine)))


def cited(engine: CitedQueryEngine) -> Answer:
    """An answer that cites page 3 of the PDF."""
    start = engine.document(LAMPS).text.index(QUOTE)
    citation = placed(Citation(1, LAMPS, "about:blank", 3, start, start + len(QUOTE), QUOTE), engine.store)
    return Answer("Which?", QUOTE, None, 0.5, False, None, [], [citation], [])


PLACE = ShownPlace(0, "citation", 0)


def test_a_citation_opens_its_page_with_its_boxes_under_the_name_of_the_file(engine: CitedQueryEngine) -> None:
    page = view_html(engine, cited(engine), PLACE)
    assert '<h2 dir="auto" title="lamps">lamps</h2>' in page
    assert 'data-page="3" data-pages="4"' in page
    assert page.count('class="box"') == 1
    assert f'<mark class="cited" id="cited">{QUOTE}</mark>' in page


def test_a_document_of_the_library_opens_at_a_page_with_nothing_marked(engine: CitedQueryEngine) -> None:
    page = library_view_html(engine, LAMPS, 2)
    assert 'data-page="2" data-pages="4"' in page
    assert QUOTE in page
    assert not any(part in page for part in ("<mark", 'class="box"', "data-place"))
    note = library_view_html(engine, "note.txt")
    assert "Oil is short." in note
    assert "viewer-tools" not in note
    assert "is not in the collection any more" in library_view_html(engine, "../note.txt")


def test_a_page_that_cannot_be_drawn_leaves_its_text(engine: CitedQueryEngine, tmp_path: Path) -> None:
    assert "its last page is 4" in library_view_html(engine, LAMPS, 9)
    (tmp_path / "docs" / LAMPS).write_bytes(b"%PDF-1.7 another")
    # What was drawn before is not drawn anew.
    page = library_view_html(engine, LAMPS, 4)
    assert "has changed since it was indexed" in page
    assert QUOTE in page
    (tmp_path / "docs" / LAMPS).unlink()
    assert "is not there any more" in view_html(engine, cited(engine), PLACE)


def test_a_place_that_is_not_there_any_more_is_said_to_be_gone(engine: CitedQueryEngine) -> None:
    answer = cited(engine)
    other = replace(answer.citations[0], quote="The lamp of station 3 was lit at dusk")
    assert "“lamps” has changed since, so that" in view_html(engine, replace(answer, citations=[other]), PLACE)
    assert "not in the index any more" in view_html(engine, answer, ShownPlace(0, "citation", 1))
    gone = replace(answer.citations[0], document="gone.pdf")
    assert "not in the index any more" in view_html(engine, replace(answer, citations=[gone]), PLACE)


def test_pages_and_text_are_given_by_the_names_of_the_index_alone(engine: CitedQueryEngine, client: TestClient) -> None:
    document = OpenDocument.of(engine, LAMPS)
    right = {"collection": "lamps", "document": LAMPS, "sha256": document.sha256}
    pictures = [client.get(f"/{PAGE_PATH}", params=right | {"page": page}) for page in (1, 2)]
    assert [picture.headers["content-type"] for picture in pictures] == ["image/webp"] * 2
    assert pictures[0].content != pictures[1].content
    assert len(client.get(f"/{PAGE_PATH}", params=right | {"page": 1, "large": ""}).content) > len(pictures[0].content)
    assert "station 2" in client.get(f"/{TEXT_PATH}", params=right | {"page": 2}).text
    assert client.get(f"/{TEXT_PATH}", params=right | {"after": 10_000}).text == ""
    for wrong in (
        {"document": "../docs/north/lamps.pdf"},
        {"document": "note.txt"},
        {"sha256": "0"},
        {"page": "x"},
        {"page": "0"},
    ):
        answer = client.get(f"/{PAGE_PATH}", params=right | {"page": "1"} | wrong)
        assert answer.status_code == 404, wrong
        assert answer.headers["content-type"].startswith("text/plain")
    for asked in ({}, right, right | {"after": "1", "before": "2"}, right | {"after": "x"}):
        assert client.get(f"/{TEXT_PATH}", params=asked).status_code == 404
