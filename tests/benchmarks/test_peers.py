"""What benchmarks/peers makes of figures; the figures themselves are measured there."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers.check import main, ratios, worse
from benchmarks.peers.corpus import PLANTED, articles, write_corpus
from benchmarks.peers.protocol import PASSAGE_WORDS, passages
from benchmarks.peers.tables import table

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "benchmarks" / "peers" / "results.json"


@pytest.fixture
def results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def test_an_article_is_the_same_whatever_the_count_and_holds_its_facts_alone() -> None:
    few, more = list(articles(5)), list(articles(40))
    assert more[:5] == few
    texts = {name: text for name, text, _ in more}
    assert all(550 < len(text.split()) < 800 for text in texts.values())
    for name, _, questions in more:
        assert len(questions) == PLANTED
        for question in questions:
            assert [other for other, text in texts.items() if question.fact in text] == [name]


def test_a_corpus_is_files_of_text(tmp_path: Path) -> None:
    questions = write_corpus(tmp_path / "corpus", 3)
    assert len(questions) == 3 * PLANTED
    assert len(list((tmp_path / "corpus" / "files").glob("*.txt"))) == 3


def test_passages_are_whole_sentences_of_bounded_length() -> None:
    _, text, questions = next(articles(1))
    found = passages(text)
    assert " ".join(found).split() == text.split()
    assert all(len(passage.split()) <= PASSAGE_WORDS for passage in found)
    assert all(any(question.fact in passage for passage in found) for question in questions)


def test_the_page_shows_the_results_that_are_kept(results: dict[str, Any]) -> None:
    assert table(results) in (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")


def changed(results: dict[str, Any], system: str, figure: str, factor: float) -> dict[str, Any]:
    """The same with one figure multiplied."""
    other = deepcopy(results)
    other["systems"][system][next(iter(other["tokens"]))][figure] *= factor
    return other


def test_what_became_a_fifth_slower_beside_llama_index_is_told(results: dict[str, Any]) -> None:
    kept = ratios(results)
    assert worse(kept, kept) == {}
    assert worse(kept, ratios(changed(results, "footnote", "cold_s", 1.19))) == {}
    assert worse(kept, ratios(changed(results, "footnote", "cold_s", 1.3))) == {"cold_s": pytest.approx(0.3)}
    assert worse(kept, ratios(changed(results, "footnote", "tokens_per_s", 0.7))) == {
        "tokens_per_s": pytest.approx(0.3)
    }
    # A slower machine slows both.
    assert (
        worse(kept, ratios(changed(changed(results, "footnote", "cold_s", 3), "llama_index_tutorial", "cold_s", 3)))
        == {}
    )


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (KEPT.read_text("utf-8"), 0, "of LlamaIndex"),
        (json.dumps(changed(json.loads(KEPT.read_text("utf-8")), "footnote", "cold_s", 1.5)), 1, "worse by 50 %"),
        ("{", 2, "cannot be compared"),
        ("{}", 2, "cannot be compared"),
    ],
)
def test_the_exit_code_is_for_a_build(
    content: str,
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    new = tmp_path / "new.json"
    new.write_text(content, encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["check", str(KEPT), str(new)])
    assert main() == code
    printed = capsys.readouterr()
    assert said in printed.out + printed.err
