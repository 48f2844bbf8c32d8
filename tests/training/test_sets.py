"""The formats of SQuAD and of natural questions, on tiny made files: what is asked, and where the answer stands."""

from pathlib import Path
from typing import Any

import pytest

from tests.training.made_sets import said, written, written_lines
from training.reader.recipe import Recipe
from training.reader.sets.labelled_tokens import read_multispan, read_qamr
from training.reader.sets.natural import read_oracle, read_qed, read_swapped, read_unanswerable
from training.reader.sets.places import heading_of
from training.reader.sets.squad import read_squad, read_squad_train
from training.reader.sets.table import SETS, YES_NO
from training.reader.sets.tokenised import detokenised
from training.reader.splits import DEV_SHARE, HELD_OUT, parts


def test_squad_is_read_with_and_without_places(tmp_path: Path) -> None:
    context = "In 1903 it rained. " + "Cows graze here. " * 20 + "The bridge was built in 1903, of concrete."
    at = context.index("concrete")
    asked = [
        {"id": "a", "question": "When was the bridge built?", "answers": ["1903"], "is_impossible": False},
        {"id": "b", "question": "Who built it?", "answers": ["Robert"], "is_impossible": True},
        {"id": "c", "question": "Of what?", "answers": [{"text": "concrete", "answer_start": at}]},
        {"id": "d", "question": "Lost?", "answers": ["nowhere to be found"]},
    ]
    file = written(
        tmp_path / "made.json.gz", {"data": [{"title": "A_b", "paragraphs": [{"context": context, "qas": asked}]}]}
    )
    built, who, of_what = read_squad([file], "made")
    # The occurrence amid the question's words, where no place is given.
    assert built.spans == ((context.rindex("1903"), context.rindex("1903") + 4),)
    assert (who.spans, who.answers, built.document) == ((), (), "A_b")
    assert said(of_what) == ["concrete"]
    assert {example.document for example in read_squad([file], "made", titled=False)} == {"made 0"}


def test_a_heading_is_written_for_about_half_of_the_examples() -> None:
    headings = [heading_of(f"made/{number}", ["Tesla_Model%203", "Service", None, "Service"]) for number in range(400)]
    assert set(headings) == {"", "Tesla Model 3 – Service"}
    assert 150 < headings.count("") < 250


def test_squad_train_leaves_out_what_was_recovered_unsurely(tmp_path: Path) -> None:
    contexts = [
        {"cid": 1, "form": "original", "title": "Bern", "context": "A bridge was built in 1903."},
        {"cid": 2, "form": "lowercased", "title": None, "context": "a bridge was sold ( again ) in 1950 ."},
    ]
    asked: dict[str, Any] = {"cid": 1, "question": "Built when ?", "answer": "1903", "answer_start": 22}
    recovered = asked | {"how": "recovered", "margin": 0.5}
    questions = [asked | {"how": "given"}, recovered | {"score": 0.9}, recovered | {"score": 0.6}]
    questions.append({"cid": 2, "question": "when ?", "answer": "1950", "answer_start": None, "how": "given"})
    files = [
        written_lines(tmp_path / "contexts.jsonl", contexts),
        written_lines(tmp_path / "questions.jsonl", questions),
        written_lines(tmp_path / "unanswerable.jsonl", [{"cid": 1, "question": "Sold when?", "how": "given"}]),
    ]
    found = list(read_squad_train(files, "made"))
    assert [(e.question, said(e)) for e in found] == [
        ("Built when ?", ["1903"]), ("Built when?", ["1903"]), ("Sold when?", []),
    ]  # fmt: skip
    assert len({example.id for example in found}) == 3
    [lower] = read_squad_train(files, "made", original=False)
    assert (lower.passage, said(lower), lower.document) == ("a bridge was sold (again) in 1950.", ["1950"], "")


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("He did n't , at 9 , 000 feet ( 2.7 km ) .", "He didn't, at 9,000 feet (2.7 km)."),
        (
            "in 1990 , 200 people 's `` present - day '' town -- Bern",
            'in 1990, 200 people\'s "present-day" town – Bern',
        ),
        ('the " old bridge " , God \' s', 'the "old bridge", God\'s'),
        ("-LRB- c -RRB- # 3 at 1 / 2", "(c) #3 at 1/2"),
        ("What is it?", "What is it?"),
    ],
)
def test_tokens_are_joined_as_people_write_and_spans_move(tokens: str, text: str) -> None:
    words = tokens.split(" ")
    starts = [sum(len(word) + 1 for word in words[:index]) for index in range(len(words))]
    spans = [(start, start + len(word)) for start, word in zip(starts, words, strict=True)]
    joined, moved = detokenised(tokens, spans)
    assert joined == text
    plain = [(word, joined[slice(*span)]) for word, span in zip(words, moved, strict=True) if word.isalnum()]
    assert all(word == found for word, found in plain)


def test_natural_questions_are_read_from_each_form(tmp_path: Path) -> None:
    rows = [
        {
            "context": "It was built in 1903 .",
            "question": "when ?",
            "answer": '["1903", "in 1903"]',
            "is_impossible": False,
        },
        {"context": "It was built .", "question": "when ?", "answer": "", "is_impossible": True},
    ]
    built, not_built = read_unanswerable([written_lines(tmp_path / "u.jsonl", rows)], "made")
    assert (built.passage, said(built), built.question) == ("It was built in 1903.", ["1903", "in 1903"], "when?")
    assert (not_built.spans, not_built.answers) == ((), ())

    gold = {"title": "Bern", "long_answer": "It was built in 1903."}
    row = {"question": "when", "answers": ["1903"], "nq_annotated_gold": gold}
    [oracle] = read_oracle([written_lines(tmp_path / "o.jsonl", [row])], "made")
    assert (said(oracle), oracle.document) == (["1903"], "Bern")

    swapped = [
        {"context": "<Ul> <Li> It was built </Li> <Li> by Bob </Li> </Ul>", "question": "who", "answer": "Bob"},
        {"context": "<Table> <Tr> <Td> Bob </Td> </Tr> </Table>", "question": "who", "answer": "Bob"},
    ]
    [swap] = read_swapped([written(tmp_path / "s.json", swapped)], "made")
    assert (swap.passage.split(), said(swap)) == ("- It was built - by Bob".split(), ["Bob"])

    listed = [[{"start": 16, "end": 20}], [{"start": 0, "end": 2}, {"start": 16, "end": 20}]]
    asked = {"example_id": 7, "title_text": "Bern", "question_text": "when", "paragraph_text": "It was built in 1903 .",
             "original_nq_answers": listed}  # fmt: skip
    [qed] = read_qed([written_lines(tmp_path / "q.jsonl", [asked])], "made")
    assert (said(qed), qed.id, qed.document) == (["1903"], "7", "Bern")


def test_answers_given_as_tokens_are_where_these_are(tmp_path: Path) -> None:
    row = {"id": "a", "question": ["who", "?"], "context": ["Ann", "Lee", ",", "Bob", "."], "label": [*"BIOBO"]}
    [both] = read_multispan([written(tmp_path / "m.json", {"data": [row]})], "made")
    assert (both.passage, said(both), both.question) == ("Ann Lee, Bob.", ["Ann Lee", "Bob"], "who?")
    (tmp_path / "sentences.tsv").write_text("W:wiki:1:2:3\tAnn ( 40 ) sings .\n")
    rows = [
        "W:wiki:1:2:3\t0\t9\t0\t0\tWho sings?\t0\t5:0 4\t6:0 1 2 3",
        "W:wiki:1:2:3\t0\t9\t1\t0\tWhat?\t0 4\t5:\t6:1 3",
    ]
    (tmp_path / "asked.tsv").write_text("\n".join(rows))
    [sings] = read_qamr([tmp_path / "sentences.tsv", tmp_path / "asked.tsv"], "made")
    assert (sings.passage, said(sings), sings.document) == ("Ann (40) sings.", ["Ann", "Ann (40)"], "W:wiki:1")


def test_every_set_has_a_licence_and_those_of_one_source_are_split_alike() -> None:
    assert all(chosen.licence and chosen.files for chosen in (SETS | YES_NO).values())
    titles = [f"title {number}" for number in range(200)]
    assert parts("tatqa", titles[:100]) == {t: part for t, part in parts("tatqa", titles).items() if t in titles[:100]}
    kinds = {SETS[name].kind for name in SETS if (SETS[name].split_as or name) in {*HELD_OUT, *DEV_SHARE}}
    assert {"encyclopaedia", "business", "table", "dialogue", "science", "rules", "story"} <= kinds


def test_the_recipe_draws_from_sets_that_are_prepared() -> None:
    made = {"altered", "neighbours", "negatives"}
    assert {name for phase in Recipe().phases for name in phase} <= {*SETS, *made}
