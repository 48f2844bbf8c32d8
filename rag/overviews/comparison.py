"""Comparisons: what two documents say of one thing, what they say otherwise, and what only one of them has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.answering.citations import Statement
from rag.answering.table_question import matched_words
from rag.overviews.catalogue import name_words, when_of
from rag.overviews.central_sentences import Embed, central_sentences
from rag.overviews.named_documents import documents_meant, names_nothing
from rag.overviews.overview import Overview, counted
from rag.overviews.requests import ComparisonRequest
from rag.overviews.sources import DocumentSentence, Sources
from rag.store.document_info import DocumentInfo
from rag.text.emphasis import without_marks

MOST_OF_SIDE = 3
"""Sentences of each side about one aspect, documents of a side."""

MOST_PAIRS = 6
"""Pairs of sentences that differ."""

MOST_COMPARED = 400
"""Sentences of a side that are compared one by one."""

COUNTERPARTS = 0.6
"""Cosine from which on two sentences, each the nearest to the other, speak of the same."""

NEAR_ASPECT = 0.5
"""Cosine of an aspect and a sentence that lacks its words, from which on it is about it."""

NOTHING = "Nothing about {aspect} was found in {name}."
AS_IN_BOTH = "The same in both: {count}."
NO_SUCH = "No document of this index is called “{name}”, which is to be compared."
ONLY = "Only {name}: {said}"


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: its name, and what its documents say."""

    name: str
    documents: Sequence[DocumentInfo]
    sentences: Sequence[DocumentSentence]


def comparison(request: ComparisonRequest, sources: Sources, embed: Embed) -> Overview | None:
    """Both sides in what is asked; None where neither is a document, or both are the same."""
    if request.aspect and not any(map(name_words, request.sides)):
        # The minutes of February and March.
        one, other = (f"{request.aspect} {side}" for side in request.sides)
        request = ComparisonRequest((one, other), "")
    asked = _with_aspect(request, sources)
    sides = _sides(asked, sources)
    if sides is None or isinstance(sides, Overview):
        return sides
    # "The manuals of A and B" names their kind, no aspect.
    if not name_words(asked.aspect) - _names(sides):
        return _in_all(sides, embed)
    found = _in_aspect(asked.aspect, sides, embed)
    # What was only taken for an aspect may be part of a name.
    return found if asked is request or (not found.notes and found.statements) else _in_all(sides, embed)


def _with_aspect(request: ComparisonRequest, sources: Sources) -> ComparisonRequest:
    """A request with what stands before its first name or behind its second as the aspect.

    The notice periods in the lease and the policy; the lease and the policy notice periods.
    """
    one, other = (side.split() for side in request.sides)
    if request.aspect or not other:
        return request
    if not documents_meant(request.sides[0], sources) and documents_meant(request.sides[1], sources):
        for start in range(1, len(one)):
            if _is_name(one[start:], one[:start], sources):
                return ComparisonRequest((" ".join(one[start:]), request.sides[1]), " ".join(one[:start]))
    if not documents_meant(request.sides[1], sources) and documents_meant(request.sides[0], sources):
        for end in range(len(other) - 1, 0, -1):
            if _is_name(other[:end], other[end:], sources):
                return ComparisonRequest((request.sides[0], " ".join(other[:end])), " ".join(other[end:]))
    return request


def _is_name(said: Sequence[str], rest: Sequence[str], sources: Sources) -> bool:
    """Whether words name one document, and the rest, which has no number, may be what it is compared in."""
    phrase = " ".join(said)
    is_aspect = not any(map(str.isdigit, "".join(rest)))
    return is_aspect and not names_nothing(phrase) and len(documents_meant(phrase, sources)) == 1


def _sides(request: ComparisonRequest, sources: Sources) -> tuple[Side, Side] | Overview | None:
    one, other = request.sides
    found: list[Sequence[DocumentInfo]] = []
    if not other:
        both = documents_meant(one, sources)
        found = [both[:1], both[1:]] if len(both) == len(request.sides) else []
    for phrase, beside in ((one, other), (other, one)) if other else ():
        documents = [] if names_nothing(phrase) else _few(documents_meant(phrase, sources))
        if len(documents) != 1:
            # The Vivo 7 and 9; the March and May minutes.
            shared = " ".join(word for word in beside.split() if not any(map(str.isdigit, word)) and not when_of(word))
            documents = _few(documents_meant(f"{shared} {phrase}", sources)) or documents
        found.append(documents)
    if not any(found):
        return None
    first, second = found
    if not first or not second:
        if names_nothing(one) or names_nothing(other) or not name_words(one if first else other):
            return None
        return Overview("comparison", reason=NO_SUCH.format(name=other if first else one))
    if {info.id for info in first} & {info.id for info in second}:
        return None
    sides = [Side(_name(d), d, [s for info in d for s in sources.sentences(info.id)]) for d in (first, second)]
    return (sides[0], sides[1]) if all(side.sentences for side in sides) else None


def _names(sides: tuple[Side, Side]) -> frozenset[str]:
    """Words that the names of both sides have."""
    one, other = (name_words(" ".join(f"{info.title} {info.id}" for info in side.documents)) for side in sides)
    return one & other


def _few(documents: Sequence[DocumentInfo]) -> Sequence[DocumentInfo]:
    return documents if len(documents) <= MOST_OF_SIDE else []


def _name(documents: Sequence[DocumentInfo]) -> str:
    return ", ".join(info.title for info in documents)


def _in_aspect(aspect: str, sides: tuple[Side, Side], embed: Embed) -> Overview:
    statements, notes = [], []
    for side in sides:
        about = _about(aspect, side, embed)
        statements += [_of(side, sentence) for sentence in about]
        notes += [] if about else [NOTHING.format(aspect=aspect, name=side.name)]
    if not statements:
        return Overview("comparison", reason=" ".join(notes))
    return Overview("comparison", statements, notes)


def _about(aspect: str, side: Side, embed: Embed) -> list[DocumentSentence]:
    """The sentences of a side that have all words of an aspect, those whose heading has them not to be outdone."""
    own = name_words(" ".join(f"{info.title} {info.id}" for info in side.documents))
    wanted = name_words(aspect) - own or name_words(aspect)
    having = [s for s in side.sentences if matched_words(wanted, name_words(f"{' '.join(s.path)} {s.text}")) == wanted]
    if having:
        return central_sentences(having, embed, MOST_OF_SIDE)
    (asked,) = embed([aspect])
    near = {s.node.node_id: float(np.array(s.node.embedding) @ asked) for s in side.sentences}
    best = set(sorted(near, key=lambda name: -near[name])[:MOST_OF_SIDE])
    sentences = [s for s in side.sentences if s.node.node_id in best]
    cosines = embed([s.text for s in sentences]) @ asked
    at = int(np.argmax(cosines))
    return [sentences[at]] if cosines[at] >= NEAR_ASPECT else []


def _in_all(sides: tuple[Side, Side], embed: Embed) -> Overview:
    """Pairs of sentences that speak of the same otherwise, in the first side's order; then what one side has alone."""
    one, other = (list(side.sentences)[:MOST_COMPARED] for side in sides)
    ours, theirs = (embed([f"{' '.join(s.path)} {s.text}" for s in side]) for side in (one, other))
    cosines = ours @ theirs.T
    nearest, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
    same, pairs = 0, []
    alone: tuple[list[DocumentSentence], list[DocumentSentence]] = ([], [])
    matched = set()
    for at, sentence in enumerate(one):
        mate = int(nearest[at])
        if back[mate] != at or cosines[at, mate] < COUNTERPARTS:
            alone[0].append(sentence)
            continue
        matched.add(mate)
        if _plain(sentence.text) == _plain(other[mate].text):
            same += 1
        else:
            pairs.append((float(cosines[at, mate]), sentence, other[mate]))
    alone[1].extend(sentence for at, sentence in enumerate(other) if at not in matched)
    chosen = sorted(sorted(pairs, key=lambda pair: -pair[0])[:MOST_PAIRS], key=lambda pair: pair[1].start)
    statements = [_of(side, sentence) for _, *pair in chosen for side, sentence in zip(sides, pair, strict=True)]
    for side, only in zip(sides, alone, strict=True):
        for sentence in central_sentences(only, embed, MOST_OF_SIDE) if only else []:
            statements.append(_statement(ONLY.format(name=side.name, said=without_marks(sentence.text)), sentence))
    return Overview("comparison", statements, [AS_IN_BOTH.format(count=counted(same, "sentence"))] if same else [])


def _of(side: Side, sentence: DocumentSentence) -> Statement:
    return _statement(f"{side.name}: {without_marks(sentence.text)}", sentence)


def _statement(text: str, sentence: DocumentSentence) -> Statement:
    return Statement(text, "quoted", [sentence.quote])


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
