"""What each public set of statements is: its kind of text, its licence, its files, and what reads them."""

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

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
from training.verifier.sets.sentence_pairs import read_aligned, read_inference, read_split
from training.verifier.sets.table_statements import read_table_statements

Part = Literal["train", "dev"]
Kind = Literal["encyclopaedia", "science", "web", "conversation", "summary", "sentence", "table"]
Read = Callable[[Sequence[Path], str, random.Random], Iterable[Pair]]
"""The files of a set, its name, and where chance is taken from, to its pairs."""

DEV_SHARE = 0.08
"""About which share of what the statements of a set are about is for development."""

SEED = 17


@dataclass(frozen=True, slots=True)
class Set:
    """A public set of statements; `dev_share` where it is small or was split otherwise before."""

    kind: Kind
    licence: str
    read: Read
    files: tuple[str, ...]
    dev_share: float = DEV_SHARE


_SNLI = tuple(f"snli_dev_test/dataset__eSNLI__{part}" for part in ("labels.dev", "s1.dev", "s2.dev"))
_SNLI_TEST = tuple(f"snli_dev_test/dataset__eSNLI__{part}" for part in ("labels.test", "s1.test", "s2.test"))
_SENTENCES = ("sentence1", "sentence2", "gold_label")

SETS: dict[str, Set] = {
    "fever": Set("encyclopaedia", "CC BY-SA 3.0", read_fever, (
        "fever_athnlp/data__fever__validation.jsonl", "fever_athnlp/data__fever__test.jsonl")),
    "fever_symmetric": Set("encyclopaedia", "MIT; text CC BY-SA 3.0", read_fever, (
        "fever_symmetric/symmetric_v0.2__fever_symmetric_dev.jsonl",
        "fever_symmetric/symmetric_v0.2__fever_symmetric_test.jsonl")),
    "fool_me_twice": Set("encyclopaedia", "Apache-2.0; text CC BY-SA 3.0", read_fool_me_twice, (
        "fool_me_twice/dataset__dev.jsonl", "fool_me_twice/dataset__test.jsonl")),
    "wiki_split": Set("encyclopaedia", "CC BY-SA 4.0", read_split, (
        "wiki_split/tune.tsv", "wiki_split/validation.tsv", "wiki_split/test.tsv"), 0.04),
    "scifact": Set("science", "CC BY 4.0; abstracts ODC-By 1.0", read_cited_abstracts, (
        "scifact/corpus.jsonl.gz", "scifact/claims_train.jsonl"), 0.2),
    "citation_integrity": Set("science", "MIT", read_cited_abstracts, (
        "citint_jedick/data__citint__corpus.jsonl", "citint_jedick/data__citint__claims_train.jsonl",
        "citint_jedick/data__citint__claims_dev.jsonl", "citint_jedick/data__citint__claims_test.jsonl")),
    "check_covid": Set("science", "MIT", read_check_covid, (
        "check_covid/Check-COVID__Check-COVID_all.json", "check_covid/Check-COVID__corpus.json"), 0.15),
    "entailmentbank": Set("science", "Apache-2.0", read_conclusions, tuple(
        f"entailmentbank/data__processed_data__angles__task_1__{part}.jsonl" for part in ("train", "dev", "test"))),
    "factcheck_gpt": Set("web", "Apache-2.0", read_stances, (
        "factcheck_gpt/subtasks__subtask3_claim_evidence_stance.jsonl",), 0.2),
    "begin": Set("conversation", "CC BY 4.0", read_answers, (
        "begin/begin_dev_wow.tsv", "begin/begin_dev_cmu.tsv"), 0.2),
    "begin_tc": Set("conversation", "CDLA-Sharing-1.0", read_answers, ("begin_tc/topicalchat__begin_dev_tc.tsv",), 0.2),
    "summedits": Set("summary", "Apache-2.0", read_summaries, tuple(
        f"summedits/data__summedits__summedits_{part}.json"
        for part in ("ectsum", "qmsumm", "sales_call", "sales_email", "scitldr")), 0.2),
    "conjnli": Set("sentence", "MIT", partial(read_inference, columns=("Premise", "Hypothesis", "Label")), (
        "conjnli/data__NLI__adversarial_train_15k.tsv", "conjnli/data__NLI__conj_dev.tsv")),
    "cad_nli": Set("sentence", "Apache-2.0; SNLI CC BY-SA 4.0", partial(read_inference, columns=_SENTENCES), tuple(
        f"cad_nli/NLI__all_combined__{part}.tsv" for part in ("train", "dev", "test"))),
    "taxinli": Set("sentence", "C-UDA 1.0", partial(read_inference, columns=("prem", "hyp", "label")), (
        "taxinli/taxinli10k.tsv",)),
    "negation_nli": Set("sentence", "MIT", partial(
        read_inference, columns=("Text", "Hypothesis", "gold_label"), encoding="cp1252"), tuple(
        f"negation_nli/data__new_benchmarks__clean_data__{part}.txt" for part in ("MNLI", "RTE", "SNLI"))),
    "med": Set("sentence", "CC BY-SA 4.0", partial(read_inference, columns=_SENTENCES), ("med/MED.tsv",)),
    "help": Set("sentence", "CC BY-SA 4.0", partial(
        read_inference, columns=("ori_sentence", "new_sentence", "gold_label")),
        ("help_leskex/output_en__leskexppmb_and.tsv",)),
    "snli_dev": Set("sentence", "MIT; CC BY-SA 4.0", read_aligned, _SNLI),
    "snli_test": Set("sentence", "MIT; CC BY-SA 4.0", read_aligned, _SNLI_TEST),
    "tabfact": Set("table", "MIT; CC BY 4.0", read_table_statements, (
        "tabfact/tokenized_data__val_examples.json", "tabfact/tokenized_data__test_examples.json",
        "tabfact/tables_csv.zip")),
}  # fmt: skip


def read_pairs(data: Path, name: str) -> dict[Part, list[Pair]]:
    """The pairs of a set, by the part that what they are about belongs to: its hash decides."""
    chosen = SETS[name]
    found: dict[Part, list[Pair]] = {"train": [], "dev": []}
    for pair in chosen.read([data / file for file in chosen.files], name, random.Random(f"{SEED}-{name}")):
        found[part_of(pair.document, chosen.dev_share)].append(pair)
    return found


def part_of(key: str, dev_share: float) -> Part:
    """The part that what has this key belongs to."""
    return "dev" if int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) < dev_share * 2**32 else "train"
