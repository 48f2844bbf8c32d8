"""What each public set is: its kind of text, its licence, its files, and what reads them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from training.reader.examples import Example
from training.reader.sets.dialogue import read_friends, read_molweni
from training.reader.sets.labelled_tokens import read_multispan, read_qamr
from training.reader.sets.long_texts import read_fairytales, read_timeqa
from training.reader.sets.natural import read_oracle, read_qed, read_swapped, read_unanswerable
from training.reader.sets.squad import read_squad, read_squad_train
from training.reader.sets.tables import read_tatqa, read_wiki_tables
from training.reader.sets.yes_no import read_boolq, read_sharc
from training.reader.splits import Part, parts

Kind = Literal[
    "encyclopaedia", "natural", "sentence", "forum", "review", "rules", "science", "business", "table", "story",
    "dialogue",
]  # fmt: skip
"""Of text; "natural" is of an encyclopaedia too, asked by people who had not seen it."""

Read = Callable[[Sequence[Path], str], Iterable[Example]]
"""The files of a set and its name to its examples."""


@dataclass(frozen=True, slots=True)
class Set:
    """A public set. Sets whose documents are the same, two forms of one, say in `split_as` how both split."""

    kind: Kind
    licence: str
    read: Read
    files: tuple[str, ...]
    split_as: str = ""


_SQUAD_TRAIN = tuple(f"squad_train/{part}.jsonl" for part in ("contexts", "questions", "unanswerable"))
_TATQA = ("tatqa/dataset_raw__tatqa_dataset_test_gold.json",)
_PARAGRAPHS = partial(read_squad, titled=False)

SETS: dict[str, Set] = {
    "squad2": Set("encyclopaedia", "CC BY-SA 4.0", read_squad, ("squad2/squad2_dev_15articles_train.json.gz",)),
    "squad11": Set("encyclopaedia", "CC BY-SA 4.0", read_squad, ("squad2/squad11_dev_13_other_articles.json.gz",)),
    "new_wiki": Set("encyclopaedia", "CC BY 4.0", read_squad, ("squadshifts/new_wiki_v1.0.json.gz",)),
    "squad_train": Set("encyclopaedia", "CC BY-SA 4.0", read_squad_train, _SQUAD_TRAIN),
    "squad_train_lower": Set(
        "encyclopaedia", "CC BY-SA 4.0", partial(read_squad_train, original=False), _SQUAD_TRAIN, "squad_train"
    ),
    "tydiqa": Set("natural", "Apache-2.0; text CC BY-SA 3.0", _PARAGRAPHS, ("tydiqa/tydiqa.goldp.en.train78.json",)),
    "nq_open_oracle": Set(
        "natural", "CC BY-SA 3.0", read_oracle, ("nq_open_oracle/qa_data__nq-open-oracle.jsonl.gz",), "nq"
    ),
    "qed": Set("natural", "CC BY-SA 3.0", read_qed, ("qed/qed-dev.jsonlines",), "nq"),
    "multispanqa": Set("natural", "CC BY-SA 4.0", read_multispan, ("multispanqa/data__MultiSpanQA_data__valid.json",)),
    "nq_unanswerable": Set(
        "natural",
        "MIT; text CC BY-SA 3.0",
        read_unanswerable,
        tuple(f"nq_squad_unanswerable/nq_{part}.filtered.jsonl" for part in ("train", "val", "val2", "test")),
    ),
    "nq_swap": Set(
        "natural",
        "CC BY-SA 3.0",
        read_swapped,
        tuple(f"nq_swap/data__nq-swap__{part}.json" for part in ("train", "dev", "test")),
    ),
    "reddit": Set("forum", "CC BY 4.0", _PARAGRAPHS, ("squadshifts/reddit_v1.0.json.gz",)),
    "amazon": Set("review", "CC BY 4.0", _PARAGRAPHS, ("squadshifts/amazon_reviews_v1.0.json.gz",)),
    "policyqa": Set("rules", "MIT", read_squad, ("policyqa/dev.json.gz", "policyqa/test.json.gz")),
    "covidqa": Set("science", "Apache-2.0", _PARAGRAPHS, ("covidqa/200423_covidQA.json.gz",)),
    "wikitablequestions": Set(
        "table",
        "CC BY-SA 4.0",
        read_wiki_tables,
        ("wikitablequestions/data__training.tsv", "wikitablequestions/tables_csv.zip"),
    ),
    "tatqa": Set("business", "CC BY 4.0", partial(read_tatqa, of_tables=False), _TATQA),
    "tatqa_tables": Set("table", "CC BY 4.0", partial(read_tatqa, of_tables=True), _TATQA, "tatqa"),
    "fairytaleqa": Set("story", "Apache-2.0", read_fairytales, ("fairytaleqa/fairytaleqa_raw.zip",)),
    "friendsqa": Set(
        "dialogue",
        "Apache-2.0",
        read_friends,
        ("friendsqa/dat__friendsqa_dev.json", "friendsqa/dat__friendsqa_tst.json"),
    ),
    "molweni": Set("dialogue", "Apache-2.0", read_molweni, ("molweni/mrc_test.json",)),
    "timeqa": Set(
        "natural",
        "BSD-3-Clause; text CC BY-SA 3.0",
        read_timeqa,
        ("timeqa_human/dataset__human_train.easy.json.gzip",),
    ),
    "qamr": Set(
        "sentence",
        "MIT; text CC BY-SA 3.0",
        read_qamr,
        ("qamr/data__wiki-sentences.tsv", "qamr/data__filtered__dev.tsv", "qamr/data__filtered__test.tsv"),
    ),
}
"""In an order in which the better of two sets that ask the same stands first.

Left out: the SQuAD part of nq_squad_unanswerable and unansq's pairs, which squad_train has but for a dozen; selqa,
whose answers are whole sentences where a reader is to find the words in them.
"""

YES_NO: dict[str, Set] = {
    "boolq": Set("natural", "CC BY-SA 3.0", read_boolq, ("boolq/datasets__BoolQ__train.jsonl.gz",)),
    "sharc": Set("rules", "CC BY-SA 3.0", read_sharc, ("sharc/data__sharc1_dev.json",)),
}
"""Sets of questions for yes or no."""

WIKIPEDIA = ("squad2", "squad11", "new_wiki")


def read_parts(data: Path, chosen: Set, name: str) -> dict[Part, list[Example]]:
    """The Examples of a set, each with what it was asked about, by the part that its document belongs to."""
    examples = list(chosen.read([data / file for file in chosen.files], name))
    part_of = parts(chosen.split_as or name, (example.document for example in examples))
    found: dict[Part, list[Example]] = {"train": [], "dev": [], "report": []}
    for example in examples:
        found[part_of[example.document]].append(example)
    return found


def read_examples(data: Path, name: str, part: Part) -> list[Example]:
    """The Examples of the set `name` whose documents belong to `part`."""
    return read_parts(data, SETS[name], name)[part]
