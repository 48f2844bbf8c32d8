"""Two questions in one: told apart, and answered part by part."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.answer import Answer, Citation, Sentence
from rag.answering.citations import with_markers
from rag.overviews.forms import LANGUAGES, Language, language
from rag.text.sentences import sentence_spans

FEWEST_WORDS = 3
"""Of a question that another follows; the other may be a word: "Who led it, and when?"."""

_CONTRACTED = re.compile(r"['’](?:s|re|d|ll|ve)$")

UNANSWERED = "The documents do not answer this part: “{part}”"


def parts_of(question: str) -> list[str]:
    """The questions that a person asked in one, in their order; none where it is one alone.

    A further one is a sentence, or begins after "and"; each begins with a word that asks or commands.
    """
    for name in LANGUAGES:
        forms = language(name)
        sentences = [question[slice(*span)] for span in sentence_spans(question)]
        found = [part for sentence in sentences for part in _joined_by_and(sentence, forms)]
        if len(found) > 1 and all(_asks(part, forms) for part in found):
            return found
    return []


def in_parts(question: str, parts: Sequence[str], answers: Sequence[Answer]) -> Answer | None:
    """The answers to the parts of a question as one, which names those that have none; None where none has."""
    if all(answer.refused for answer in answers):
        return None
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    sentences: list[Sentence] = []
    for answer in answers:
        own: dict[int, int] = {}
        for citation in answer.citations:
            place = (citation.document, citation.start, citation.end)
            if place not in numbers:
                numbers[place] = len(numbers) + 1
                citations.append(replace(citation, number=numbers[place]))
            own[citation.number] = numbers[place]
        for sentence in answer.sentences:
            cited = list(dict.fromkeys(own[number] for number in sentence.citations))
            if all(sentence.text != other.text for other in sentences):
                sentences.append(replace(sentence, citations=cited))
    missing = [UNANSWERED.format(part=part) for part, answer in zip(parts, answers, strict=True) if answer.refused]
    given = [answer for answer in answers if not answer.refused]
    passages = {passage.id: passage for answer in answers for passage in answer.passages}
    return Answer(
        question=question,
        answer=" ".join([with_markers(sentences), *missing]),
        short_answer=None,
        confidence=min(answer.confidence for answer in given),
        refused=False,
        reason=None,
        sentences=sentences,
        citations=citations,
        passages=list(passages.values()),
        agreement="differ" if any(answer.agreement == "differ" for answer in given) else "single",
        notes=list(dict.fromkeys([*missing, *(note for answer in given for note in answer.notes)])),
        kind="parts",
    )


def _joined_by_and(sentence: str, forms: Language) -> list[str]:
    words = sentence.split()
    cuts = [0]
    for at in range(1, len(words) - 1):
        following = words[at + 1 : at + 3]
        # "…, and did it appeal?" begins another; "red and is sold" does not.
        said = following[0].casefold()
        opens = (words[at - 1].endswith(",") and said in forms.roles["opening"]) or said in forms.roles["commanding"]
        begins = words[at].casefold() in forms.roles["joining"] and (opens or _begins_question(following, forms))
        if begins and at - cuts[-1] >= FEWEST_WORDS:
            cuts.append(at)
    pieces = [words[start:end] for start, end in zip(cuts, [*cuts[1:], len(words)], strict=True)]
    parts = (" ".join(piece[number > 0 :]).rstrip(" ,;") for number, piece in enumerate(pieces))
    return [part for part in parts if part]


def _begins_question(words: Sequence[str], forms: Language) -> bool:
    first = [_CONTRACTED.sub("", word.casefold().strip("?,.")) for word in words]
    asking = forms.roles["asking"]
    return first[0] in asking or (len(first) > 1 and first[0] in forms.roles["before"] and first[1] in asking)


def _asks(part: str, forms: Language) -> bool:
    words = part.split()
    opens = words[0].casefold() in forms.roles["opening"] | forms.roles["commanding"]
    return opens or _begins_question(words[:2], forms)
