"""The formats of tables, dialogues, stories and questions for yes or no, on tiny made files."""

import zipfile
from pathlib import Path
from typing import Any

from tests.training.made_sets import said, written, written_lines
from training.reader.sets.dialogue import read_friends, read_molweni
from training.reader.sets.long_texts import read_fairytales, read_timeqa
from training.reader.sets.tables import read_tatqa, read_wiki_tables
from training.reader.sets.yes_no import read_boolq, read_sharc


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
