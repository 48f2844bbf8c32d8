"""The public sets' formats, on tiny made files: what is asked of what, and where the answer stands."""

import gzip
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from training.reader.examples import Example
from training.reader.sets.dialogue import read_friends, read_molweni
from training.reader.sets.labelled_tokens import read_multispan, read_qamr
from training.reader.sets.long_texts import read_fairytales, read_timeqa
from training.reader.sets.natural import read_oracle, read_qed, read_swapped, read_unanswerable
from training.reader.sets.places import heading_of
from training.reader.sets.squad import read_squad, read_squad_train
from training.reader.sets.table import SETS, YES_NO
from training.reader.sets.tables import read_tatqa, read_wiki_tables
from training.reader.sets.tokenised import detokenised
from training.reader.sets.yes_no import read_boolq, read_sharc
from training.reader.splits import DEV_SHARE, HELD_OUT, parts


def written(file: Path, value: Any) -> Path:
    """A file of JSON, compressed where its name says so."""
    text = json.dumps(value)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    return file


def written_lines(file: Path, rows: Sequence[Any]) -> Path:
    """A file of JSON, a line a row."""
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return file


def said(example: Example) -> list[str]:
    """What stands at the example's spans."""
    return [example.passage[slice(*span)] for span in example.spans]


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


def test_cells_of_wiki_tables_are_answers_in_the_passage_that_holds_their_row(tmp_path: Path) -> None:
    rows = [f'"{1900 + n}","Town {n}, by the ""old"" bridge","{n * 1000:,}","Team {n % 2}"' for n in range(40)]
    with zipfile.ZipFile(tmp_path / "tables.zip", "w") as archive:
        for name in ("a.csv", "b.csv"):
            archive.writestr(name, "\n".join(['"Year","Place","Visitors","Team"', *rows]))
    asked = [
        ("how many went to town 37?", "a.csv", "37000"), ("where in 1937?", "b.csv", 'Town 37, by the "old" bridge'),
        ("who has more?", "a.csv", "Team 1"), ("how many towns?", "a.csv", "40"), ("the last?", "a.csv", "1939"),
    ]  # fmt: skip
    lines = ["id\tutterance\tcontext\ttargetValue", *("\t".join([f"n{i}", *row]) for i, row in enumerate(asked))]
    (tmp_path / "q.tsv").write_text("\n".join(lines))
    many, many_not, where, where_not = read_wiki_tables([tmp_path / "q.tsv", tmp_path / "tables.zip"], "made")
    assert [said(example) for example in (many, where)] == [["37,000"], ['Town 37, by the "old" bridge']]
    assert "Town 37" in many.passage
    # Half of the tables are written with labels, half between bars.
    assert {"- Year: 1937; Place: Town 37" in e.passage or "| 1937 | Town 37" in e.passage for e in (many, where)} == {
        True
    }
    for example in (many_not, where_not):
        assert (example.spans, example.relevant) == ((), False)
        assert "Town 37" not in example.passage
        assert "Town 3" in example.passage


def test_tatqa_is_asked_of_its_text_or_of_its_table(tmp_path: Path) -> None:
    def asked(number: int, question: str, answer: list[str], source: str, kind: str = "span") -> dict[str, Any]:
        return {"uid": f"q{number}", "question": question, "answer": answer, "answer_type": kind,
                "answer_from": source, "rel_paragraphs": ["1"] if source != "table" else []}  # fmt: skip

    item = {
        "table": {
            "uid": "t",
            "table": [["", "2019", "2018"], ["Sales", "$ 1,496.5", "1,202"], ["Other", "44.1", "56"]],
        },
        "paragraphs": [{"order": 1, "text": "Contracts are of a fixed price. Sales are in millions."}],
        "questions": [
            asked(1, "What are contracts?", ["of a fixed price"], "text"),
            asked(2, "What were sales in 2019?", ["1,496.5"], "table"),
            asked(3, "Sales in 2019 and 2018?", ["$1,496.5", "1,202"], "table-text", "multi-span"),
            asked(4, "In which year more?", ["2019"], "table"),
            asked(5, "The change?", ["294.5"], "table", "arithmetic"),
        ],
    }
    file = written(tmp_path / "t.json", [item])
    assert [said(example) for example in read_tatqa([file], "made", of_tables=False)] == [["of a fixed price"]]
    of_tables = list(read_tatqa([file], "made", of_tables=True))
    assert [said(example) for example in of_tables] == [["$ 1,496.5"], ["$ 1,496.5", "1,202"]]
    assert {example.document for example in of_tables} == {"t"}


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


def test_dialogues_are_lines_and_a_speaker_may_be_the_answer(tmp_path: Path) -> None:
    def answer(utterance: int, first: int, last: int, is_speaker: bool = False) -> dict[str, Any]:
        return {"utterance_id": utterance, "inner_start": first, "inner_end": last, "is_speaker": is_speaker}

    said_so = [
        {"speakers": ["Ann"], "utterance": "I 'm not in Bern ."},
        {"speakers": ["Bob Lee", "Cleo"], "utterance": "No ?"},
    ]
    asked = [
        {"id": "a", "question": "Where is Ann not ?", "answers": [answer(0, 3, 4)]},
        {"id": "b", "question": "Who asks ?", "answers": [answer(1, -1, -1, True)]},
    ]
    scene = {"title": "s01_e02_c03", "paragraphs": [{"utterances:": said_so, "qas": asked}]}
    where, who = read_friends([written(tmp_path / "f.json", {"data": [scene]})], "made")
    assert where.passage == "Ann: I'm not in Bern.\nBob Lee & Cleo: No?"
    assert (said(where), said(who)) == (["in Bern"], ["Bob Lee & Cleo"])
    assert where.document == "s01_e02"

    context = "ann: i use linux . bob: why ?"
    chat = {
        "edus": [{"speaker": "Ann", "text": "I use Linux ."}, {"speaker": "Bob", "text": "why ?"}],
        "context": context,
        "qas": [
            {
                "id": "c",
                "question": "What ?",
                "answers": [{"text": "linux", "answer_start": 11}],
                "is_impossible": False,
            },
            {"id": "d", "question": "When ?", "answers": [], "is_impossible": True},
        ],
    }
    what, when = read_molweni([written(tmp_path / "m.json", {"data": {"dialogues": [chat]}})], "made")
    assert (what.passage, said(what), when.spans) == ("Ann: I use Linux.\nBob: why?", ["Linux"], ())


def test_stories_are_asked_where_they_say_the_answer_word_for_word(tmp_path: Path) -> None:
    story = 'section,text\n1,"There was a King\nwith golden hair. He died."\n2,"His daughter fled."\n'
    columns = "question_id,cor_section,question,ex-or-im1,answer1,answer4\n"
    asked = (
        '1,1,What hair?,explicit,Golden hair.,golden hair\n2,2,Who?,implicit,daughter,\n3,"1,2",Who?,explicit,King,\n'
    )
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr("d/section-stories/train/a-king-story.csv", story)
        archive.writestr("d/questions/train/a-king-questions.csv", columns + asked)
    [hair] = read_fairytales([tmp_path / "s.zip"], "made")
    assert (hair.passage, said(hair)) == ("There was a King with golden hair. He died.", ["golden hair"])
    assert hair.document == "a-king"


def test_pages_asked_about_a_time_are_cut_around_the_answer_or_the_year(tmp_path: Path) -> None:
    context = "It rained . " * 400 + "From 1903 to 1910 Ann lived here . " + "Cows graze . " * 400
    row = {"idx": "/wiki/Old_House#P1#0", "context": context, "from": [context.index("Ann")], "targets": ["Ann"]}
    rows = [row | {"question": "Who in 1904?"}, row | {"question": "Who in 1910?", "targets": [""]}]
    who, nobody = read_timeqa([written_lines(tmp_path / "t.jsonl", rows)], "made")
    assert (said(who), who.document, nobody.spans) == (["Ann"], "Old_House", ())
    assert "1910 Ann lived" in nobody.passage
    assert len(nobody.passage) < 3000


def test_questions_for_yes_or_no_have_that_for_an_answer(tmp_path: Path) -> None:
    row = {"question": "is it old", "title": "Bridge", "passage": "The ``old'' one.", "answer": False}
    [boolq] = read_boolq([written_lines(tmp_path / "b.jsonl", [row])], "made")
    assert (boolq.question, boolq.answers, boolq.spans, boolq.passage) == ("is it old?", ("No",), (), 'The "old" one.')
    told = [{"follow_up_question": "Are you paid?", "follow_up_answer": "No"}]
    rule = {"utterance_id": "u", "source_url": "https://made", "snippet": "## Fees", "question": "Must I pay?",
            "scenario": "I am 70.", "history": told}  # fmt: skip
    rows = [rule | {"answer": answer} for answer in ("Yes", "Irrelevant", "Are you old?")]
    [sharc] = read_sharc([written(tmp_path / "s.json", rows)], "made")
    assert (sharc.question, sharc.answers) == ("I am 70. Are you paid? No. Must I pay?", ("Yes",))


def test_every_set_has_a_licence_and_those_of_one_source_are_split_alike() -> None:
    assert all(chosen.licence and chosen.files for chosen in (SETS | YES_NO).values())
    titles = [f"title {number}" for number in range(200)]
    assert parts("tatqa", titles[:100]) == {t: part for t, part in parts("tatqa", titles).items() if t in titles[:100]}
    kinds = {SETS[name].kind for name in SETS if (SETS[name].split_as or name) in {*HELD_OUT, *DEV_SHARE}}
    assert {"encyclopaedia", "business", "table", "dialogue", "science", "rules", "story"} <= kinds
