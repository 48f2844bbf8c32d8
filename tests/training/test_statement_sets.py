"""The public sets of statements, in tiny files of their formats: what is supported, by which passage."""

import gzip
import json
import random
import zipfile
from pathlib import Path

import pytest

from training.verifier.pairs import Pair
from training.verifier.sets.claims import (
    read_answers,
    read_check_covid,
    read_cited_abstracts,
    read_conclusions,
    read_fever,
    read_fool_me_twice,
    read_stances,
    read_summaries,
)
from training.verifier.sets.passages import PASSAGE_CHARACTERS, as_much_as_fits, as_written
from training.verifier.sets.sentence_pairs import read_aligned, read_inference, read_split
from training.verifier.sets.table_statements import read_table_statements

BRIDGES = ["Cows graze.", "The bridge at Bern is of 1903.", "It carries two lanes.", "It rains."]


@pytest.fixture
def draw() -> random.Random:
    return random.Random(3)


def lines(file: Path, *rows: object) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def told(pairs: list[Pair]) -> list[tuple[bool, bool | None]]:
    return [(pair.supported, pair.partly) for pair in pairs]


def test_tokens_are_written_as_people_write_them() -> None:
    assert as_written("He , called `` Bob '' , left -LRB- twice -RRB- .") == 'He, called "Bob", left (twice).'


def test_a_passage_holds_what_fits_and_one_sentence_at_least() -> None:
    long = "x" * (PASSAGE_CHARACTERS + 1)
    assert as_much_as_fits([long, "Short."]) == long
    assert as_much_as_fits(["Short.", long, "Short."]) == "Short."
    assert as_much_as_fits(["One.", "Two."]) == "One. Two."


def test_claims_of_fever_have_their_evidence_as_a_list_or_as_a_text(tmp_path: Path, draw: random.Random) -> None:
    file = lines(
        tmp_path / "f",
        {"claim": "It fell .", "label": "REFUTES", "evidence": ["It rose .", "Slowly ."]},
        {"claim": "It rose .", "label": "SUPPORTS", "evidence": "It rose ."},
    )
    pairs = list(read_fever([file], "fever", draw))
    assert [(pair.statement, pair.passage) for pair in pairs] == [
        ("It fell.", "It rose. Slowly."),
        ("It rose.", "It rose."),
    ]
    assert told(pairs) == [(False, None), (True, True)]


def test_a_claim_that_fools_stands_beside_its_page_name_and_evidence(tmp_path: Path, draw: random.Random) -> None:
    row = {
        "id": "1", "text": "He moved.", "label": "SUPPORTS", "wikipedia_page": "Bob",
        "gold_evidence": [{"text": "He moved in May."}],
        "retrieved_evidence": [{"text": "He moved in May."}, *({"text": f"He ate {n}."} for n in range(5))],
    }  # fmt: skip
    found = [next(iter(read_fool_me_twice([lines(tmp_path / "f", row)], "fm2", random.Random(n)))) for n in range(9)]
    assert all(pair.passage.startswith("Bob\nHe moved in May.") and pair.supported for pair in found)
    assert all(pair.passage.count("in May") == 1 and pair.document == "Bob" for pair in found)
    assert len({pair.passage for pair in found}) > 1


def test_claims_that_cite_have_a_twin_without_the_evidence(tmp_path: Path, draw: random.Random) -> None:
    corpus = tmp_path / "corpus.jsonl.gz"
    corpus.write_bytes(gzip.compress((json.dumps({"doc_id": 7, "abstract": BRIDGES}) + "\n").encode()))
    as_list = {"id": 1, "claim": "Bern has a bridge [<|cit|>].", "cited_doc_ids": [7, 8],
               "evidence": [{"doc_id": 7, "sentences": [1], "label": "SUPPORT"}]}  # fmt: skip
    by_id = {"id": 2, "claim": "Bern has no bridge.", "cited_doc_ids": [7],
             "evidence": {"7": [{"sentences": [1], "label": "REFUTE"}]}}  # fmt: skip
    pairs = list(read_cited_abstracts([corpus, lines(tmp_path / "claims", as_list, by_id)], "s", draw))
    assert [pair.id for pair in pairs] == ["1-7", "1-7-rest", "2-7"]
    assert told(pairs) == [(True, True), (False, None), (False, None)]
    assert pairs[0].statement == "Bern has a bridge."
    assert ["1903" in pair.passage for pair in pairs] == [True, False, True]


def test_what_does_not_tell_is_no_support(tmp_path: Path, draw: random.Random) -> None:
    claims = lines(tmp_path / "claims.json", *(
        {"id": "a_0", "claim": "It is old.", "cord_id": "x", "label": label, "evidence_set": [{"sent_index": place}]}
        for label, place in (("SUPPORT", 1), ("REFUTE", 1), ("NOTENOUGHINFO", 3), ("SUPPORT", 9))
    ))  # fmt: skip
    corpus = lines(tmp_path / "corpus.json", {"cord_id": "x", "abstract": BRIDGES})
    pairs = list(read_check_covid([claims, corpus], "c", draw))
    assert [pair.supported for pair in pairs] == [True, False, False]
    assert pairs[2].passage == "It rains."
    assert {pair.document for pair in pairs} == {"a"}


def test_stances_answers_and_summaries_say_what_is_partly_so(tmp_path: Path, draw: random.Random) -> None:
    stances = ("completely-support", "partially-support", "irrelevant", "refute")
    file = lines(tmp_path / "s", *({"claim": "c", "evidence": "e", "stance": stance} for stance in stances))
    assert told(list(read_stances([file], "s", draw))) == [(True, True), (False, True), (False, False), (False, None)]
    answers = tmp_path / "a.tsv"
    answers.write_text("head\nm\twow\tIt rains.\tq\tRain.\tFully attributable\nm\twow\tIt rains.\tq\tSun.\tGeneric\n")
    assert told(list(read_answers([answers], "a", draw))) == [(True, True), (False, None)]
    summaries = tmp_path / "b.json"
    rows = [("It rains.", 1), ("It snows.", 0), ("word " * 60, 1)]
    summaries.write_text(json.dumps([{"id": "x", "doc": "It rains.", "summary": s, "label": n} for s, n in rows]))
    assert told(list(read_summaries([summaries], "b", draw))) == [(True, True), (False, True)]


def test_a_conclusion_needs_all_it_follows_from(tmp_path: Path, draw: random.Random) -> None:
    parts = {"proof": "", "question": "q", "answer": "a", "hypothesis": "ice melts"}
    context = "$context$ = sent1: it is warm sent2: warmth melts ice"
    text = " ; ".join([*(f"${name}$ = {value}" for name, value in parts.items()), context])
    pairs = list(read_conclusions([lines(tmp_path / "f", *[{"input": text, "id": "1"}] * 20)], "e", draw))
    assert {pair.passage for pair in pairs[::2]} == {"it is warm. warmth melts ice."}
    assert {pair.passage for pair in pairs[1::2]} == {"it is warm.", "warmth melts ice."}
    assert told(pairs) == [(True, True), (False, True)] * 20


def test_of_inference_only_what_follows_is_supported(tmp_path: Path, draw: random.Random) -> None:
    file = tmp_path / "t.tsv"
    file.write_bytes(
        "a\tb\tc\nIt \x93rains\x94.\tRain falls.\tentailment\nIt rains.\tSun.\tneutral\n".encode("latin-1")
    )
    pairs = list(read_inference([file], "n", draw, ("a", "b", "c"), "cp1252"))
    assert pairs[0].passage == "It “rains”."
    assert told(pairs) == [(True, True), (False, None)]
    aligned = [tmp_path / name for name in ("labels", "s1", "s2")]
    for part, content in zip(aligned, ("contradiction", "It rains .", "It is dry ."), strict=True):
        part.write_text(content + "\n")
    (pair,) = read_aligned(aligned, "snli", draw)
    assert (pair.statement, pair.passage, pair.supported) == ("It is dry.", "It rains.", False)


def test_half_of_a_sentence_supports_no_more_than_half(tmp_path: Path, draw: random.Random) -> None:
    file = tmp_path / "tune.tsv"
    file.write_text(
        "Bern has a bridge , and Basel sells old clocks .\tBern has a bridge . <::::> Basel sells old clocks .\n"
        "Bern has a bridge .\tCows graze . <::::> It rains .\n"
    )
    by_id = {pair.id.removeprefix("tune-0"): pair for pair in read_split([file], "w", draw)}
    assert set(by_id) == {"", "-both", "-half", "-other", "-joined"}
    assert {name for name, pair in by_id.items() if pair.supported} == {"", "-both"}
    assert by_id["-half"].passage == by_id["-other"].passage
    assert by_id["-other"].statement not in by_id["-other"].passage


def test_statements_about_a_table_stand_beside_it_as_the_product_writes_it(tmp_path: Path, draw: random.Random) -> None:
    file, archive = tmp_path / "said.json", tmp_path / "tables.zip"
    file.write_text(json.dumps({"1.csv": [["a lead", "b lead"], [1, 0], "places"], "2.csv": [["x"], [1], "long"]}))
    with zipfile.ZipFile(archive, "w") as tables:
        tables.writestr("t/1.csv", "name#place\na#1\nb#2\n")
        tables.writestr("t/2.csv", "name#place\n" + "a#1\n" * 900)
    pairs = sorted(read_table_statements([file, archive], "tabfact", draw), key=lambda pair: pair.id)
    assert told(pairs) == [(True, True), (False, None)]
    assert all(pair.passage.startswith("places\n") and "place" in pair.passage for pair in pairs)
