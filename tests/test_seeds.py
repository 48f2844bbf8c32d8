import re

import pytest

from rag.evaluate.dataset import load_questions
from tests.conftest import ORIGINAL, REPOSITORY

SEEDS = REPOSITORY / "seeds"
QUESTIONS = [question for _, question in load_questions(SEEDS / "questions.jsonl").questions]
TEXTS = {file.name: file.read_text(encoding="utf-8") for file in SEEDS.iterdir() if file.suffix in {".md", ".txt"}}

# Every name and figure of the document that the project began from.
NAMES = """Russia Iran Türkiye Israel Syria Astana Kazakhstan Gaza Lebanon Jordan Iraq UN ICRC UNHCR US NATO SDF ISIS
    Alexander Lavrentiev Ali Asghar Haji Ihsan Mustafa Yurdakul Geir Pedersen Donald Trump Ayman Riad Assad
    Moscow Ankara Tehran Kurdish 22nd hundreds millions""".split()


def test_the_briefing_holds_every_name_and_figure() -> None:
    everything = "\n".join(TEXTS.values()).lower()
    assert [name for name in NAMES if not re.search(rf"\b{name.lower()}\b", everything)] == []


@pytest.mark.skipif(not ORIGINAL.exists(), reason=f"{ORIGINAL} is not here")
def test_the_briefing_is_in_words_of_its_own_and_names_nobody_new() -> None:
    original = ORIGINAL.read_text(encoding="utf-8")
    quoted = re.findall(r"“[^”]+”", original)
    words = re.findall(r"\w+", re.sub(r"“[^”]+”", " ", original).lower())
    runs = {tuple(words[i : i + 10]) for i in range(len(words) - 9)}
    for text in TEXTS.values():
        own = re.findall(r"\w+", re.sub(r"“[^”]+”", " ", text).lower())
        assert not runs & {tuple(own[i : i + 10]) for i in range(len(own) - 9)}
        assert all(quote.strip("“”.,") in original for quote in re.findall(r"“[^”]+”", text))
        assert set(re.findall(r"\d+", text)) <= set(re.findall(r"\d+", original))
    assert len(quoted) >= 5


def test_the_questions_have_evidence_word_for_word() -> None:
    for question in QUESTIONS:
        assert question.answerable == bool(question.evidence) == bool(question.answers)
        for evidence in question.evidence:
            assert TEXTS[evidence.document].count(evidence.quote) == 1


def test_the_questions_are_enough_and_split_in_halves() -> None:
    assert len(QUESTIONS) >= 60
    for split in ("dev", "test"):
        half = [question for question in QUESTIONS if question.split == split]
        assert len(half) * 2 == len(QUESTIONS)
        assert sum(not question.answerable for question in half) >= 8
    evidence = {
        split: {item for q in QUESTIONS if q.split == split for item in q.evidence} for split in ("dev", "test")
    }
    assert not evidence["dev"] & evidence["test"]
    assert {item.document for q in QUESTIONS for item in q.evidence} == set(TEXTS)
