"""Questions to begin with, over small folders of documents."""

from pathlib import Path

import pytest

from rag.build import build_index, open_engine, remove_document
from rag.config import Config
from rag.engine import CitedQueryEngine
from rag.overviews.starters import starter_questions
from tests.conftest import MadeOnce, ScriptedLLM

BRIDGE = """# Tallow Bridge

The Tallow Bridge was opened in 1904. The Tallow Bridge is 212 m long. Ferdinand Grove visited it with Mara Quill.

## Who may cross it by bicycle?

Anybody may cross the bridge by bicycle between six in the morning and ten at night.

## Dangers

- The planks are slippery when it rains.
"""
MILL = """# Harrow Mill

Harrow Mill is located in Ennisby. The floor was laid by Mara Quill. It was not cheap.

## Dangers

- The lower stair has no rail.
"""
LEASE = """Mietvertrag

Die Kündigungsfrist beträgt drei Monate. Die Miete beträgt 850 Euro im Monat. Haustiere sind nur mit Zustimmung des
Vermieters erlaubt.
"""


def engine_over(folder: Path, cache: Path, documents: dict[str, str], **parts: object) -> CitedQueryEngine:
    config = Config(cache_dir=cache, index_dir=folder / "indexes")
    (folder / "files").mkdir(parents=True)
    for name, text in documents.items():
        (folder / "files" / name).write_text(text, encoding="utf-8")
    build_index(folder / "files", config, "own")
    return open_engine(config, "own", **parts)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def places(made_once: MadeOnce, model_cache: Path) -> CitedQueryEngine:
    folder = made_once(
        "places", lambda folder: engine_over(folder, model_cache, {"bridge.md": BRIDGE, "mill.md": MILL})
    )
    return open_engine(Config(cache_dir=model_cache, index_dir=folder / "indexes"), "own")


def test_questions_are_made_from_the_documents_and_each_is_answered(places: CitedQueryEngine) -> None:
    questions = list(starter_questions(places))
    assert len(set(questions)) == 3
    assert "Where is Harrow Mill located?" in questions
    assert set(questions) & {"When was the Tallow Bridge opened?", "How long is the Tallow Bridge?"}
    assert not any(places.ask(question).refused for question in questions)


def test_they_are_the_same_each_time_and_as_many_as_are_asked_for(places: CitedQueryEngine) -> None:
    questions = list(starter_questions(places, 6))
    assert list(starter_questions(places, 6)) == questions
    assert list(starter_questions(places, 1)) == questions[:1]
    assert list(starter_questions(places, 0)) == []
    assert {"List all dangers", "Which documents mention Mara Quill?"} <= set(questions)


def test_they_come_one_by_one(places: CitedQueryEngine) -> None:
    questions = starter_questions(places)
    assert next(questions) == next(starter_questions(places, 1))
    questions.close()  # type: ignore[attr-defined]


def test_a_heading_that_asks_is_one_where_what_stands_below_answers(tmp_path: Path, model_cache: Path) -> None:
    text = "# Shop\n\n## How long is a voucher valid?\n\nA voucher is valid for three years.\n\n## Why?\n\nSo it is.\n"
    engine = engine_over(tmp_path, model_cache, {"shop.md": text})
    assert next(starter_questions(engine)) == "How long is a voucher valid?"
    assert "Why?" not in list(starter_questions(engine))


def test_documents_in_another_language_are_summed_up_by_title_or_file_name(tmp_path: Path, model_cache: Path) -> None:
    lease, list_ = {"lease.txt": LEASE, "again.txt": f"{LEASE}Und mehr."}, "Der Schlüssel liegt im Schrank.\n" * 4
    engine = engine_over(tmp_path, model_cache, {**lease, "keys_2024.txt": list_})
    assert list(starter_questions(engine)) == ["Summarise “Mietvertrag”", "Summarise “keys_2024.txt”"]


def test_no_language_model_is_asked(tmp_path: Path, model_cache: Path) -> None:
    asked: list[str] = []

    def script(prompt: str) -> str:
        asked.append(prompt)
        return "Nothing."

    engine = engine_over(tmp_path, model_cache, {"mill.md": MILL}, llm=ScriptedLLM(script=script))
    assert "Where is Harrow Mill located?" in list(starter_questions(engine))
    assert not asked
    engine.ask("Where is Harrow Mill located?")
    assert asked


def test_an_index_without_documents_has_none(tmp_path: Path, model_cache: Path) -> None:
    engine_over(tmp_path, model_cache, {"mill.md": MILL})
    config = Config(cache_dir=model_cache, index_dir=tmp_path / "indexes")
    remove_document(config, "own", "mill.md")
    assert list(starter_questions(open_engine(config, "own"))) == []
