"""Claims that people judged against evidence: whole statements on one side, sentences or snippets on the other."""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rag.formats.text import one_line
from training.reader.sets.files import read_json, read_json_lines
from training.verifier.pairs import Pair
from training.verifier.sets.passages import PASSAGE_CHARACTERS, as_much_as_fits, as_written, sentences_about

SUPPORTED = "Fully attributable"
"""What BEGIN calls an answer that the text given supports."""

_MARKER = re.compile(r"\s*[\[(]*(?:<\|\w+\|>)(?:,\s*\d+)*[\])]*")
_PREMISE = re.compile(r"\bsent\d+: ")


def read_fever(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """FEVER's claims with the sentences given as their evidence (Thorne et al. 2018); twins of FeverSymmetric too."""
    for number, row in enumerate(row for file in files for row in read_json_lines(file)):
        given = [row["evidence"]] if isinstance(row["evidence"], str) else row["evidence"]
        claim, *evidence = map(as_written, (row["claim"], *given))
        supported = row["label"] == "SUPPORTS"
        passage = as_much_as_fits(evidence)
        yield Pair(name, str(number), claim, passage, supported, True if supported else None, evidence[0])


def read_fool_me_twice(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """Claims that were written to fool, with their evidence and other sentences (Eisenschlos et al. 2021)."""
    for row in (row for file in files for row in read_json_lines(file)):
        gold = [one_line(one["text"]) for one in row["gold_evidence"]]
        others = [text for one in row["retrieved_evidence"] if (text := one_line(one["text"])) not in gold]
        supported = row["label"] == "SUPPORTS"
        page = row["wikipedia_page"]
        beside = draw.sample(others, min(len(others), draw.choice((0, 2, 4))))
        passage = as_much_as_fits([*gold, *beside])
        yield Pair(name, row["id"], row["text"], f"{page}\n{passage}", supported, True if supported else None, page)


def read_cited_abstracts(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """Claims with windows of abstracts they cite, in SciFact's format (Wadden et al. 2020): the corpus, then claims.

    Of a claim that an abstract supports there is one with the sentences that do so taken out, too.
    """
    corpus, *claims = files
    abstracts = {row["doc_id"]: [one_line(s) for s in row["abstract"]] for row in read_json_lines(corpus)}
    for claim in (claim for file in claims for claim in read_json_lines(file)):
        told = claim["evidence"]
        evidence = told if isinstance(told, dict) else _by_document(told)
        for document in claim["cited_doc_ids"]:
            if abstracts.get(document):
                given = evidence.get(str(document), [])
                yield from _of_abstract(name, claim, document, abstracts[document], given, draw)


def read_check_covid(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """Claims of news with abstracts that support or refute them, or do not tell (Wang et al. 2023)."""
    claims, corpus = map(read_json_lines, files)
    abstracts = {row["cord_id"]: [one_line(s) for s in row["abstract"]] for row in corpus}
    for row in claims:
        sentences = abstracts.get(row["cord_id"])
        places = [one["sent_index"] for one in row["evidence_set"]]
        if not sentences or not places or max(places) >= len(sentences):
            continue
        supported = row["label"] == "SUPPORT"
        if row["label"] == "NOTENOUGHINFO":  # what one sentence does not tell another may
            passage = " ".join(sentences[place] for place in places)
        else:
            passage = sentences_about(sentences, min(places), max(places), draw)
        yield Pair(name, row["id"], row["claim"].strip(), passage, supported, True if supported else None,
                   row["id"].partition("_")[0])  # fmt: skip


def read_stances(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """Sentences of ChatGPT's answers with snippets of the web (Wang et al. 2023, Factcheck-GPT)."""
    for number, row in enumerate(row for file in files for row in read_json_lines(file)):
        stance = row["stance"]
        partly = {"completely-support": True, "partially-support": True, "irrelevant": False}.get(stance)
        yield Pair(name, str(number), row["claim"], one_line(row["evidence"])[:PASSAGE_CHARACTERS],
                   stance == "completely-support", partly, row["claim"])  # fmt: skip


def read_answers(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """Answers in conversations and the text that they rest on (Dziri et al. 2022, BEGIN)."""
    for file in files:
        rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
        for number, (_, source, knowledge, _, response, label) in enumerate(rows):
            supported = label == SUPPORTED
            identity = f"{source}-{number}"
            yield Pair(name, identity, response, knowledge, supported, True if supported else None, knowledge)


def read_summaries(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """Summaries, some edited so that they are wrong, of texts that fit into a passage or so (Laban et al. 2023)."""
    for row in (row for file in files for row in read_json(file)):
        text, summary = one_line(row["doc"]), one_line(row["summary"])
        if len(text) <= 1.3 * PASSAGE_CHARACTERS and len(summary.split()) <= 50:
            supported = row["label"] == 1
            yield Pair(name, row["id"], summary, text, supported, True, text)


def read_conclusions(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """Facts of science that follow from several others together, and not where one is lacking (Dalvi et al. 2021)."""
    for row in (row for file in files for row in read_json_lines(file)):
        parts = dict(part.split("$ = ", 1) for part in row["input"].split(" ; $") if "$ = " in part)
        premises = [one.strip() for one in _PREMISE.split(parts.get("context", "")) if one.strip()]
        statement = parts.get("hypothesis", "").strip()
        if statement and 2 <= len(premises) <= 6:
            yield Pair(name, row["id"], statement, ". ".join(premises) + ".", True, True, row["id"])
            premises.pop(draw.randrange(len(premises)))
            yield Pair(name, f"{row['id']}-less", statement, ". ".join(premises) + ".", False, True, row["id"])


def _by_document(evidence: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in evidence:
        found.setdefault(str(one["doc_id"]), []).append(one)
    return found


def _of_abstract(
    name: str,
    claim: dict[str, Any],
    document: int,
    sentences: list[str],
    given: list[dict[str, Any]],
    draw: random.Random,
) -> Iterator[Pair]:
    statement = one_line(_MARKER.sub("", claim["claim"]))
    places = [place for place in (draw.choice(given)["sentences"] if given else ()) if place < len(sentences)]
    wanted = places or [draw.randrange(len(sentences))]
    supported = bool(places) and given[0]["label"] == "SUPPORT"
    text = sentences_about(sentences, min(wanted), max(wanted), draw)
    identity = f"{claim['id']}-{document}"
    yield Pair(name, identity, statement, text, supported, True if supported else None, statement)
    told = {at for evidence in given for at in evidence["sentences"]}
    rest = [sentence for at, sentence in enumerate(sentences) if at not in told]
    if supported and rest:
        at = draw.randrange(len(rest))
        text = sentences_about(rest, at, at, draw)
        yield Pair(name, f"{identity}-rest", statement, text, False, None, statement)
