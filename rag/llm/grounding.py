"""A language model's text held to the passages it was given: sentence by sentence, to statements with exact places."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from llama_index.core.schema import NodeWithScore, TextNode

from rag.answer import NOT_IN_DOCUMENTS, Verdict
from rag.answering.citations import Quote, Statement
from rag.llm.citation_markers import MarkerStream, cited_sentences
from rag.llm.marker_forms import with_usual_markers
from rag.llm.phrases import PhraseChecker, phrase_spans
from rag.llm.plain_text import plain_text
from rag.llm.prompts import repeats, says_not_found
from rag.llm.support import Support, SupportChecker
from rag.metadata import SECTION, TITLE
from rag.text.words import share_of_words, stems

OTHERS_TRIED = 3
"""Passages beside the cited ones that a sentence without support is checked against: those that share most words."""

DENIED = f"The model also said: {NOT_IN_DOCUMENTS}"
CORRECTED = "A sentence cited another passage than the one that supports it: corrected."

_RANK = {"quoted": 3, "supported": 2, "partial": 1, "unsupported": 0}


@dataclass(frozen=True, slots=True)
class Grounded:
    """Statements with their support, and sentences that say what was taken out of the text.

    `refuses` where the text says that the documents do not answer, and cites nothing.
    """

    statements: list[Statement]
    problems: list[str]
    refuses: bool = False


class Grounder:
    """Cuts a text into sentences, checks each against what it cites, and against other passages where that fails.

    A phrase of a passage, which states nothing by itself, is supported where `phrases` finds that it answers; without
    one, wherever it stands.
    """

    def __init__(self, checker: SupportChecker, phrases: PhraseChecker | None = None) -> None:
        self._checker = checker
        self._phrases = phrases

    def ground(self, question: str, text: str, nodes: Sequence[NodeWithScore], prompts: Sequence[str]) -> Grounded:
        """What `text` answers, as its author was given `nodes` as passages 1 and on, and told `prompts`."""
        plain, problems = plain_text(text, "\n".join(node.text for node in nodes))
        marked = with_usual_markers(plain, [(title_of(node), node.text) for node in nodes])
        stream = MarkerStream(len(nodes))
        renumbered = stream.feed(marked.text) + stream.finish()
        problems += marked.problems + stream.problems
        statements = []
        sentences = cited_sentences(renumbered)
        denied = [sentence for sentence in sentences if says_not_found(sentence.text)]
        if denied and not any(sentence.numbers for sentence in sentences if sentence not in denied):
            return Grounded([], problems, refuses=True)
        if denied:
            problems.append(DENIED)
            sentences = [sentence for sentence in sentences if sentence not in denied]
        for sentence, numbers in sentences:
            if not any(character.isalnum() for character in sentence):
                continue
            # What a passage says word for word is its, even where an instruction's example says the same.
            told = any(prompt in sentence or repeats(sentence, prompt) for prompt in prompts)
            if told and not any(sentence in node.text for node in nodes):
                problems.append("The model repeated its instructions: taken out.")
                continue
            cited = [stream.passage_of[number - 1] - 1 for number in numbers] or [n - 1 for n in marked.listed]
            statement, problem = self._statement(question, sentence, cited, nodes)
            statements.append(statement)
            problems += [problem] if problem else []
        return Grounded(statements, list(dict.fromkeys(problems)))

    def _statement(
        self, question: str, text: str, cited: list[int], nodes: Sequence[NodeWithScore]
    ) -> tuple[Statement, str | None]:
        """A sentence with the places that support it best, and a sentence about a citation that was wrong."""
        found = dict(zip(cited, self._check(question, text, [nodes[i] for i in cited]), strict=True))
        best = max(found.values(), key=_strength, default=None)
        if len(found) > 1 and best and best.verdict in ("partial", "unsupported"):
            together = self._together(question, text, found, nodes)
            if together:
                return together, None
        if best is None or best.verdict in ("partial", "unsupported"):
            others = self._others(text, set(cited), nodes)
            better = dict(zip(others, self._check(question, text, [nodes[i] for i in others]), strict=True))
            other = max(better.values(), key=_strength, default=None)
            if other and _RANK[other.verdict] > (_RANK[best.verdict] if best else 0):
                return _cited(text, better, nodes, other.verdict), CORRECTED if cited else None
        if best is None:
            return Statement(text, "unsupported", []), None
        return _cited(text, found, nodes, best.verdict), None

    def _check(self, question: str, text: str, nodes: Sequence[NodeWithScore]) -> list[Support]:
        return self._supports(question, text, [node.text for node in nodes], [_heading(node) for node in nodes])

    def _supports(self, question: str, text: str, passages: list[str], headings: list[str]) -> list[Support]:
        if not passages:
            return []
        found = self._checker.check(text, passages, headings)
        return [
            replace(support, verdict="partial") if self._is_beside(question, text, passage, support) else support
            for support, passage in zip(found, passages, strict=True)
        ]

    def _is_beside(self, question: str, text: str, passage: str, support: Support) -> bool:
        """Whether a passage holds a text for another reason than that it answers the question."""
        if not self._phrases or support.verdict != "supported" or not phrase_spans(text, passage):
            return False
        return not self._phrases.is_answer(question, text, passage)

    def _together(
        self, question: str, text: str, found: dict[int, Support], nodes: Sequence[NodeWithScore]
    ) -> Statement | None:
        """The statement where the places that it cites support it only when read one after the other."""
        quotes = [(nodes[i], support.span) for i, support in found.items() if support.span]
        if len(quotes) < 2:
            return None
        joined = " ".join(node.text[slice(*span)] for node, span in quotes)
        headings = " ".join(dict.fromkeys(_heading(node) for node, _ in quotes))
        (support,) = self._supports(question, text, [joined], [headings])
        if support.verdict != "supported":
            return None
        return Statement(text, "supported", [(cast(TextNode, node.node), span) for node, span in quotes])

    def _others(self, text: str, cited: set[int], nodes: Sequence[NodeWithScore]) -> list[int]:
        wanted = stems(text)
        shares = {i: share_of_words(wanted, node.text) for i, node in enumerate(nodes) if i not in cited}
        return sorted((i for i in shares if shares[i] > 0), key=lambda i: -shares[i])[:OTHERS_TRIED]


def written_so_far(text: str, nodes: Sequence[NodeWithScore]) -> str:
    """What can be shown of a text while its author, who was given `nodes`, still writes it."""
    plain, _ = plain_text(text, "\n".join(node.text for node in nodes))
    marked = with_usual_markers(plain, [(title_of(node), node.text) for node in nodes])
    return MarkerStream(len(nodes)).feed(marked.text).strip()


def title_of(node: NodeWithScore) -> str:
    """What a passage's document is called where a language model is shown it."""
    return " ".join(str(node.node.metadata.get(TITLE, "")).split())


def _cited(text: str, found: dict[int, Support], nodes: Sequence[NodeWithScore], verdict: Verdict) -> Statement:
    """A statement that cites the places with this verdict: all that support it, the best of those that do not."""
    places = {i: support for i, support in found.items() if support.verdict == verdict}
    if verdict in ("partial", "unsupported"):
        best = max(places, key=lambda i: places[i].probability)
        places = {best: places[best]}
    quotes: list[Quote] = [(cast(TextNode, nodes[i].node), s.span) for i, s in places.items() if s.span]
    return Statement(text, verdict, quotes)


def _strength(support: Support) -> tuple[int, float]:
    return _RANK[support.verdict], support.probability


def _heading(node: NodeWithScore) -> str:
    """What a passage is about: the title of its document, and the heading that it stands under."""
    named = (node.node.metadata.get(TITLE), node.node.metadata.get(SECTION))
    return " – ".join(dict.fromkeys(str(name) for name in named if name))
