from pathlib import Path

import pytest

from rag.store.fulltext import LexicalIndex, index_files, searchable

TEXTS = ["The Rhine flows past Basel", "Bern is a town", "The river Rhine is long and the Rhine is wide"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    index = LexicalIndex.begin(tmp_path / "words", None)
    index.add(enumerate(TEXTS, start=5))
    index.finish()
    return tmp_path / "words"


def test_passages_are_ranked_by_the_words_they_hold(folder: Path) -> None:
    index = LexicalIndex.open(folder)
    assert [row for row, _ in index.search(["rhine"], 9)] == [7, 5]
    assert [row for row, _ in index.search(["flowing", "towns"], 9)] == [6, 5]
    assert index.search(["zug"], 9) == index.search([], 9) == index.search(["rhine"], 0) == []
    assert [row for row, _ in index.search(["rhine"], 9, rows=[5, 6])] == [5]
    assert index.search(["rhine"], 9, rows=[]) == []
    assert sorted(index.rows()) == [5, 6, 7]


def test_scores_among_some_rows_are_those_among_all(folder: Path) -> None:
    index = LexicalIndex.open(folder)
    assert dict(index.search(["rhine", "long"], 9, rows=[5]))[5] == pytest.approx(
        dict(index.search(["rhine", "long"], 9))[5]
    )


def test_a_change_is_written_beside_and_leaves_every_file_before_it_as_it_was(folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in index_files(folder)}
    reader = LexicalIndex.open(folder)
    changed = LexicalIndex.begin(folder.with_name("next"), folder)
    changed.remove([7])
    changed.add([(8, "The Rhine again")])
    assert sorted(row for row, _ in changed.search(["rhine"], 9)) == [5, 8]
    changed.finish()
    assert {file.name: file.read_bytes() for file in index_files(folder)} == before
    assert [row for row, _ in reader.search(["rhine"], 9)] == [7, 5]
    assert sorted(LexicalIndex.open(folder.with_name("next")).rows()) == [5, 6, 8]


def test_what_is_open_for_reading_cannot_be_written(folder: Path) -> None:
    with pytest.raises(ValueError, match="reading only"):
        LexicalIndex.open(folder).add([(9, "x")])


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Zürich", "zurich"),
        ("Zu\u0308rich", "Zürich"),
        ("ﬁnal", "final"),
        ("俄罗斯代表团", "代表"),
        ("ภาษาไทย", "ไทย"),
        ("МОСКВА", "москва"),
        ("القاهرة", "القاهرة"),
    ],
)
def test_words_are_found_however_they_are_written(tmp_path: Path, text: str, asked: str) -> None:
    index = LexicalIndex.begin(tmp_path / "words", None)
    index.add([(1, text), (2, "nothing")])
    assert [row for row, _ in index.search([asked], 9)] == [1]


def test_spaces_are_put_where_a_script_has_none() -> None:
    assert searchable("俄罗 a") == " 俄  罗  a"
