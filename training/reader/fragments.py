"""Passages written as people write for themselves: a heading and what is left to say, a form of labels and values.

Public sets are of whole sentences. Notices and minutes are not: "First-aid course: 22 and 23 March, church hall".
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag.text.sentences import sentence_spans
from rag.text.words import is_function_word, stems, words_of
from training.reader.examples import Example, Span

HEADED, FORMS = "headed_fragments", "forms"
"""The sets of these examples, whose passages are not to be cut."""

MOST_CHARACTERS = 700
"""Of such a passage."""

LINES = (3, 7)
"""Of a form."""

ANOTHERS, LACKING, BESIDE = 0.12, 0.3, 0.4
"""Share of the passages that are a form of another thing alone, of all without the line that is asked for, and of those
in which a form of another thing stands beside it."""

_MARKS = ("## ", "## ", "# ", "### ", "", "")
_PARTINGS = (": ", ": ", ":   ", " - ", " – ", "\t", " | ")
_SUBJECT = re.compile(r"(?P<subject>[^,;:()\n]{4,70}?) (?:was|were|is|are|has been|have been|had been|will be) (?=\w)")
_OF = re.compile(
    r"(?:What|Which|Who) (?:is|was|are|were) the (?P<label>[a-z][a-z -]{2,28}) of (?P<entity>[^?,]{3,60})\?"
)
_DONE = re.compile(r"(?:When|Where) (?:was|were) (?P<entity>[^?,]{3,60}) (?P<label>[a-z]+(?:ed|rn|lt|ld|wn|en))\?")
_DOER = re.compile(r"Who (?P<label>[a-z]+ed|wrote|sang) (?P<entity>[^?,]{3,60})\?")
_PARTICIPLES = {"wrote": "written", "sang": "sung"}
_ARTICLE = re.compile(r"(?:the|a|an) ", re.IGNORECASE)
_MOST_WORDS = 6


def headed_fragments(examples: Sequence[Example], seed: int) -> list[Example]:
    """Examples whose answer's sentence becomes a heading, of its subject, which the question names, and its rest."""
    draw = random.Random(seed)
    return [found for example in examples if example.spans and (found := _fragment(example, draw))]


def _fragment(example: Example, draw: random.Random) -> Example | None:
    text, (start, end) = example.passage, example.spans[0]
    sentences = sentence_spans(text, "en")
    at = next((i for i, span in enumerate(sentences) if span[0] <= start and end <= span[1]), None)
    if at is None:
        return None
    begin, finish = sentences[at]
    opening = _SUBJECT.match(text, begin, finish)
    if not opening or opening.end() > start:
        return None
    subject = _ARTICLE.sub("", opening["subject"], count=1)
    named = stems(subject)
    if not named or is_function_word(words_of(subject)[0]) or not named <= stems(example.question):
        return None
    before, after = _around(text, sentences, at, draw)
    heading = f"{draw.choice(_MARKS)}{_capital(subject)}"
    head = f"{before}\n\n{heading}\n\n" if before else f"{heading}\n\n"
    rest = text[opening.end() : finish]
    spans = tuple(
        (a - opening.end() + len(head), b - opening.end() + len(head))
        for a, b in example.spans
        if opening.end() <= a and b <= finish
    )
    passage = f"{head}{_capital(rest)} {after}".rstrip()
    return replace(example, set=HEADED, id=f"{example.id}-headed", passage=passage, spans=spans, heading="")


def _around(text: str, sentences: Sequence[Span], at: int, draw: random.Random) -> tuple[str, str]:
    """Sentences before and after the one at `at`, as many as there is room for, often none."""
    before, after = "", ""
    room = draw.choice((0, 200, MOST_CHARACTERS)) - (sentences[at][1] - sentences[at][0])
    if at and draw.random() < 0.5 and sentences[at - 1][1] - sentences[at - 1][0] < room:
        before = text[slice(*sentences[at - 1])]
    for start, end in sentences[at + 1 :]:
        if len(before) + len(after) + end - start > room:
            break
        after = f"{after} {text[start:end]}".strip()
    return before, after


class Field(NamedTuple):
    """A question about one thing, taken as a form's heading, label and value; its words are of one of some kinds."""

    example: Example
    kind: int
    entity: str
    label: str
    value: str


def forms(examples: Sequence[Example], seed: int) -> list[Example]:
    """Examples whose passage is a form about what the question asks about, with its label among others, or without.

    Many a form stands beside another thing's, which may have the same label.
    """
    draw = random.Random(seed)
    fields = list(_fields(examples, draw))
    labelled: dict[str, list[Field]] = defaultdict(list)
    for field in fields:
        labelled[field.label].append(field)
    found = []
    for field in fields:
        kind = draw.random()
        twins = [o for o in labelled[field.label] if o.entity != field.entity and o.value != field.value]
        other = draw.choice(twins or fields)
        if other.entity == field.entity:
            continue
        # What was founded was formed: of another label of its kind one may not be sure that it does not answer.
        lacking = [o for o in _others(field, fields, draw) if o.kind != field.kind]
        own = [*_others(field, fields, draw), field] if kind > LACKING else lacking
        blocks = [(field.entity, own)] if kind > ANOTHERS else []
        if not blocks or draw.random() < BESIDE:
            blocks.append((other.entity, [*_others(field, fields, draw), other]))
        found.append(_form(field, blocks, draw))
    return found


def _others(field: Field, fields: Sequence[Field], draw: random.Random) -> list[Field]:
    """Lines of other labels, for a form."""
    drawn = {other.label: other for other in draw.sample(fields, min(len(fields), 2 * LINES[1]))}
    drawn.pop(field.label, None)
    return list(drawn.values())[: draw.randint(*LINES)]


def _fields(examples: Sequence[Example], draw: random.Random) -> Iterator[Field]:
    for example in examples:
        for kind, (pattern, behind) in enumerate(((_OF, ""), (_DONE, ""), (_DOER, " by"))):
            asked = pattern.fullmatch(example.question.strip()) if example.spans else None
            if asked:
                value, label = draw.choice(example.answers).strip(), asked["label"].strip()
                says = not all(map(is_function_word, words_of(value)))  # "he" does not
                if says and len(value.split()) <= _MOST_WORDS and "\n" not in value:
                    entity = _capital(_ARTICLE.sub("", asked["entity"].strip(), count=1))
                    yield Field(example, kind, entity, _capital(_PARTICIPLES.get(label, label)) + behind, value)
                break


def _form(field: Field, blocks: list[tuple[str, list[Field]]], draw: random.Random) -> Example:
    parting, mark = draw.choice(_PARTINGS), draw.choice(_MARKS)
    draw.shuffle(blocks)
    text = ""
    spans: tuple[Span, ...] = ()
    for heading, lines in blocks:
        text += f"{mark}{heading}\n\n"
        draw.shuffle(lines)
        for line in lines:
            text += f"{line.label}{parting}"
            if line is field:
                spans = ((len(text), len(text) + len(line.value)),)
            text += f"{line.value}\n"
        text += "\n"
    example = field.example
    return replace(
        example,
        set=FORMS,
        id=f"{example.id}-form",
        passage=text.rstrip(),
        spans=spans,
        relevant=bool(spans),
        heading="",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
