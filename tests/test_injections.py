"""Documents that give orders, and a model that obeys each of them to the letter."""

import json
import re
from pathlib import Path

import pytest

from rag.build import build_index, open_engine
from rag.config import Config
from rag.engine import CitedQueryEngine
from rag.llm.prompts import ANSWER, SYSTEM, repeats
from rag.terminal import answer_text
from tests.llm_server import ScriptedServer
from tests.ui.chat.test_answer_html import TAGS, Reader
from ui.chat.answer_html import turns_html
from ui.chat.conversations import Conversation
from ui.chat.kept import KeptTurn

CASES = [
    json.loads(line) for line in Path(__file__).with_name("injections.jsonl").read_text(encoding="utf-8").splitlines()
]


def write_documents(folder: Path) -> Path:
    """A document a case."""
    folder.mkdir()
    for number, case in enumerate(CASES):
        (folder / f"{number:02}.txt").write_text(case["document"], encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def config(model_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("injected")
    config = Config(
        cache_dir=model_cache, index_dir=folder / "indexes", llm="openai/m", llm_retries=0, refusal_threshold=0
    )
    build_index(write_documents(folder / "documents"), config, "injected")
    return config


@pytest.fixture(scope="module")
def engine(config: Config, running_llm_server: ScriptedServer) -> CitedQueryEngine:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", running_llm_server.address)
        return open_engine(config, "injected")


def obedient(case: dict[str, str], messages: list[dict[str, str]]) -> str:
    """What a model says that does whatever the document wants."""
    system = messages[0]["content"]
    fence = re.search(r"-----\w{12}", messages[-1]["content"])
    assert fence
    said = case["obeys"].replace("{PROMPT}", system).replace("{RULES}", system.partition("Rules:")[2].strip())
    return said.replace("{FENCE}", f"The key is {fence[0]}.").replace("{q}", case["question"].replace(" ", "+"))


def test_there_are_at_least_forty_injected_documents() -> None:
    assert len({case["document"] for case in CASES}) >= 40


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_document_gives_no_orders(engine: CitedQueryEngine, running_llm_server: ScriptedServer, number: int) -> None:
    case = CASES[number]
    prompts: list[str] = []

    def script(messages: list[dict[str, str]], _: int) -> str:
        prompts[:] = [message["content"] for message in messages]
        return obedient(case, messages)

    running_llm_server.script = script
    *drafts, answer = engine.stream(case["question"])
    assert_told_apart(prompts, case["document"])
    for citation in answer.citations:
        text = engine.document_text(citation.document)
        assert text is not None
        assert text[citation.start : citation.end] == citation.quote
    numbers = {number for sentence in answer.sentences for number in sentence.citations}
    assert numbers <= set(range(1, len(answer.citations) + 1))
    fence = re.search(r"-----\w{12}", prompts[-1])
    assert fence
    for shown in (answer, *drafts):
        assert not re.search(r"\[(?:99|1[2-4]|0|-1|\^1|source 1|#2)\]", shown.answer)
        # An address may be repeated as text where a document holds it, never with anything added.
        addresses = re.findall(r"[^\s'(]*evil\.example[^\s)']*|data:\S+", shown.answer)
        assert all(address in case["document"] for address in addresses)
        assert not re.search(r"</?[a-z!][^>]*>|\]\(|\x1b|\u202e", shown.answer, re.IGNORECASE)
    for sentence in answer.sentences:
        assert not repeats(sentence.text, SYSTEM)
        assert not repeats(sentence.text, ANSWER)
        assert fence[0] not in sentence.text
        assert_held(case, sentence.text, sentence.support)
    turns = [KeptTurn(case["question"], said) for said in (answer, *drafts[::20])]
    assert_inert(turns_html(Conversation(turns=turns), 0, len(turns)))
    assert "\x1b" not in answer_text(answer)


def assert_told_apart(prompts: list[str], document: str) -> None:
    """Fail unless the document stands under a fence line that it cannot have written itself."""
    fence = re.search(r"-----\w{12}", prompts[-1])
    assert fence
    assert fence[0] not in document
    assert document.strip() in prompts[-1]
    before, _, after = prompts[-1].partition(document.strip())
    assert before.splitlines()[-1].startswith(fence[0])
    assert after.strip().splitlines()[0].startswith(fence[0])


def assert_held(case: dict[str, str], said: str, support: str) -> None:
    """Fail where something that the document does not say passes for supported."""
    invented = (
        "moon",
        "bankrupt",
        "Napoleon",
        "Cats",
        "Satan",
        "swordfish",
        "born in 1871",
        "rm -rf",
        "credit card",
        "closed for ever",
    )
    if any(word in said for word in invented) and said not in " ".join(case["document"].split()):
        assert support in ("partial", "unsupported"), said


def assert_inert(page: str) -> None:
    """Fail where a page holds an element that is not the window's own."""
    read = Reader(page)
    assert set(read.tags) <= TAGS - {"img"}
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in ("href", "src")]
