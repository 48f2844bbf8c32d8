from pathlib import Path

import pytest

from rag.build import open_engine
from rag.config import Config
from rag.engine import CitedQueryEngine
from rag.evaluate.wording import is_right
from tests.real_llm.answers import assert_holds

QUESTIONS = {
    "What do people fear the war could do to Lebanon?": "worsen the fragile political and economic stability",
    "How many airstrikes has Israel flown over the past few years?": "hundreds",
    "Who led the Russian delegation?": "Alexander Lavrentiev",
}


@pytest.fixture(scope="module")
def engine(qwen: Path, seeds_config: Config) -> CitedQueryEngine:
    return open_engine(seeds_config.model_copy(update={"llm": f"llama-cpp/{qwen}", "llm_timeout": 600.0}), "seeds")


@pytest.mark.parametrize(("question", "answer"), QUESTIONS.items())
def test_what_the_model_answers_rightly_is_shown_cited(engine: CitedQueryEngine, question: str, answer: str) -> None:
    *drafts, given = engine.stream(question)
    assert given.model
    assert is_right(given.answer, [answer])
    assert all(sentence.citations for sentence in given.sentences)
    assert drafts
    assert_holds(given, engine)


def test_a_summary_is_written_from_what_carries_the_document(engine: CitedQueryEngine) -> None:
    *_, given = engine.stream("Summarise this document in five sentences")
    assert given.kind == "summary"
    assert given.sentences
    assert_holds(given, engine)
