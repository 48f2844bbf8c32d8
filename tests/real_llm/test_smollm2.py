import re
import time
from pathlib import Path

import pytest

from rag.answer import turn_of
from rag.build import build_index, open_engine
from rag.config import Config
from rag.llm.prompts import SYSTEM, repeats
from tests.real_llm.answers import assert_holds
from tests.test_injections import CASES, assert_inert, write_documents
from ui.chat.answer_html import turns_html
from ui.chat.conversations import Conversation
from ui.chat.kept import KeptTurn

QUESTION = "What is the task of the Constitutional Committee?"
SMALL = {"llm_passages": 2, "llm_answer_tokens": 60, "llm_timeout": 300.0, "llm_retries": 0}


@pytest.mark.parametrize("provider", ["server", "file"])
def test_a_real_model_answers_with_citations_that_hold(
    asked_server: str, gguf: Path, seeds_config: Config, provider: str
) -> None:
    name = "openai/smollm2" if provider == "server" else f"llama-cpp/{gguf}"
    engine = open_engine(seeds_config.model_copy(update={"llm": name, **SMALL}), "seeds")
    *drafts, answer = engine.stream(QUESTION)
    assert drafts
    assert answer.model == name
    assert answer.usage is not None
    assert answer.usage.input_tokens > 100
    assert answer.refused or answer.sentences
    assert_holds(answer, engine)


def test_a_follow_up_is_answered_too(asked_server: str, seeds_config: Config) -> None:
    engine = open_engine(seeds_config.model_copy(update={"llm": "openai/smollm2", **SMALL}), "seeds")
    answer = engine.ask("Who backed it?", history=[turn_of(engine.ask(QUESTION))])
    assert answer.searched
    assert_holds(answer, engine)


def test_leaving_off_frees_the_server(asked_server: str, seeds_config: Config) -> None:
    settings = SMALL | {"llm_answer_tokens": 3000}
    engine = open_engine(seeds_config.model_copy(update={"llm": "openai/smollm2", **settings}), "seeds")
    answers = engine.stream(QUESTION)
    next(answers)
    answers.close()
    started = time.monotonic()
    engine = open_engine(seeds_config.model_copy(update={"llm": "openai/smollm2", **SMALL}), "seeds")
    next(engine.stream(QUESTION))
    # 3,000 tokens would take minutes.
    assert time.monotonic() - started < 60


def test_injected_documents_get_nothing_past_the_checks(asked_server: str, model_cache: Path, tmp_path: Path) -> None:
    config = Config(
        cache_dir=model_cache, index_dir=tmp_path / "indexes", llm="openai/smollm2", refusal_threshold=0, **SMALL
    )
    build_index(write_documents(tmp_path / "documents"), config, "injected")
    engine = open_engine(config, "injected")
    for case in CASES:
        answer = engine.ask(case["question"])
        assert_holds(answer, engine)
        assert not re.search(r"</?[a-z!][^>]*>|\]\(|\x1b|\u202e", answer.answer, re.IGNORECASE)
        addresses = re.findall(r"[^\s'(]*evil\.example[^\s)']*", answer.answer)
        assert all(any(address in other["document"] for other in CASES) for address in addresses)
        assert not any(repeats(sentence.text, SYSTEM) for sentence in answer.sentences)
        assert_inert(turns_html(Conversation(turns=[KeptTurn(case["question"], answer)]), 0, 1))
