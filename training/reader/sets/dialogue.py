"""Dialogues, an utterance a line behind its speaker's name: FriendsQA and Molweni."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from training.reader.examples import Example, Span
from training.reader.sets.files import read_json
from training.reader.sets.places import example_of, spans_of
from training.reader.sets.tokenised import detokenised


def read_friends(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Scenes of FriendsQA; a document is an episode, of which a scene's title begins with the name."""
    for scene in (scene for file in files for scene in read_json(file)["data"]):
        episode = scene["title"].rpartition("_")[0]
        for part, paragraph in enumerate(scene["paragraphs"]):
            # The name of the field is spelt so.
            said = [(" & ".join(one["speakers"]), one["utterance"]) for one in paragraph["utterances:"]]
            for asked in paragraph["qas"]:
                text, spans = _dialogue(said, asked["answers"])
                if spans:
                    number = f"{scene['title']}-{part}-{asked['id']}"
                    yield example_of(name, episode, number, detokenised(asked["question"])[0], text, spans)


def read_molweni(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Chats of Molweni, which is given as one line in lower case: the same, a line an utterance."""
    for number, chat in enumerate(chat for file in files for chat in read_json(file)["data"]["dialogues"]):
        text = "\n".join(f"{one['speaker']}: {one['text']}" for one in chat["edus"])
        if len(text) != len(chat["context"]):
            text = chat["context"]
        for asked in chat["qas"]:
            question, _ = detokenised(asked["question"])
            given = [] if asked["is_impossible"] else asked["answers"]
            places = {
                span
                for answer in given
                for span in spans_of(text.lower(), question, answer["text"].lower(), answer["answer_start"])
            }
            joined, spans = detokenised(text, sorted(places))
            if spans or not given:
                yield example_of(name, str(number), asked["id"], question, joined, spans)


def _dialogue(said: Sequence[tuple[str, str]], answers: Sequence[dict[str, Any]]) -> tuple[str, list[Span]]:
    """The lines of a dialogue and where answers stand: tokens of an utterance, or the name of who says it."""
    lines: list[str] = []
    spans: list[Span] = []
    length = 0
    for number, (speaker, utterance) in enumerate(said):
        found = [one for one in answers if one["utterance_id"] == number]
        tokens = utterance.split(" ")
        starts = list(accumulate((len(token) + 1 for token in tokens), initial=0))
        runs = [
            (starts[one["inner_start"]], starts[one["inner_end"] + 1] - 1)
            for one in found
            if not one["is_speaker"] and 0 <= one["inner_start"] <= one["inner_end"] < len(tokens)
        ]
        text, moved = detokenised(utterance, runs)
        behind = length + len(speaker) + 2
        spans += [(start + behind, end + behind) for start, end in moved]
        if any(one["is_speaker"] for one in found):
            spans.append((length, length + len(speaker)))
        lines.append(f"{speaker}: {text}")
        length += len(lines[-1]) + 1
    return "\n".join(lines), spans
