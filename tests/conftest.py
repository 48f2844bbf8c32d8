"""Real parts for the tests, made once a session, and deterministic doubles of public bases."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import settings
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_completion_callback

from rag.build import build_index, open_engine
from rag.config import Config
from rag.engine import CitedQueryEngine
from rag.ingest.chunker import SentenceChunker
from rag.models.default_embedding import OnnxEmbedding, default_counter, load_default_embedding
from rag.models.reader import ReaderModel
from tests.llm_server import ScriptedServer
from tests.warm import WarmRag

if TYPE_CHECKING:
    from rag.cluster.connection import Cluster
    from tests.ray_cluster import RayCluster

REPOSITORY = Path(__file__).parent.parent
SEEDS_QUESTIONS = REPOSITORY / "seeds" / "questions.jsonl"
ORIGINAL = REPOSITORY.parent / "shared" / "seeds" / "000_d1b10dc68fc7bef2.txt"

settings.register_profile("footnote", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("footnote")

RunRag = Callable[..., "subprocess.CompletedProcess[str]"]
MadeOnce = Callable[[str, Callable[[Path], object]], Path]
SeedsRun = Callable[..., Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", type=Path, metavar="FOLDER", help="keep pictures of the chat window there")


LONGEST = ("test_no_telemetry.py", "e2e", "test_killing.py", "cli", "test_documents.py", "training")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no process has it left when the others are done."""
    places = {name: number for number, name in enumerate(LONGEST)}
    for item in items:
        if "e2e" in item.path.parts:
            # A button that is drawn anew between the press and the release of a mouse is not clicked: where the machine
            # is busy, that comes once in some hundred tests. The summary counts what was done again.
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: min((places[name] for name in item.path.parts if name in places), default=len(places)))


class HashEmbedding(BaseEmbedding):
    """Unit vectors from words alone: texts that share words are near, and every rank can be foretold."""

    model_name: str = "hash"
    dimension: int = 64

    def _get_text_embedding(self, text: str) -> list[float]:
        vector = np.zeros(self.dimension)
        for word in re.findall(r"\w+", text.lower()) or ["nothing"]:
            digest = hashlib.sha256(word.encode()).digest()
            vector[digest[0] % self.dimension] += 1 if digest[1] % 2 else -1
        length = np.linalg.norm(vector)
        if not length:
            vector[0] = length = 1.0
        return (vector / length).tolist()

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class ScriptedLLM(CustomLLM):
    """Says what `script` makes of each prompt."""

    script: Callable[[str], str]
    model: str = "scripted"

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name=self.model)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: object) -> CompletionResponse:
        return CompletionResponse(text=self.script(prompt))

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: object) -> CompletionResponseGen:
        yield CompletionResponse(text=self.script(prompt))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test runs in an empty folder, without the settings of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("RAG_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """`made_once(name, make)`: a folder that `make(folder)` has made, whichever process of this run came first."""
    base = tmp_path_factory.getbasetemp()
    # Each process of pytest-xdist has a folder of its own, in one of the run.
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name: str, make: Callable[[Path], object]) -> Path:
        with FileLock(base / f"{name}.lock"):
            if not (base / name).exists():
                make(base / name)
        return base / name

    return made


@pytest.fixture(scope="session")
def model_cache(made_once: MadeOnce) -> Path:
    """A cache folder that holds the embedding model, exported in this run."""
    return made_once("cache", load_default_embedding)


@pytest.fixture(scope="session")
def embedding(model_cache: Path) -> OnnxEmbedding:
    return load_default_embedding(model_cache)


@pytest.fixture(scope="session")
def reader_model() -> ReaderModel:
    return ReaderModel()


@pytest.fixture(scope="session")
def chunker() -> SentenceChunker:
    return SentenceChunker(default_counter(), max_passage_tokens=200)


@pytest.fixture(scope="session")
def seeds_config(model_cache: Path, made_once: MadeOnce, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Settings under which the index `seeds` holds seeds/, beside indexes of this process alone."""

    def build(folder: Path) -> None:
        build_index(REPOSITORY / "seeds", Config(cache_dir=model_cache, index_dir=folder), "seeds")

    index, data = (tmp_path_factory.mktemp(name) for name in ("index", "data"))
    shutil.copytree(made_once("indexes", build), index, dirs_exist_ok=True)
    return Config(cache_dir=model_cache, index_dir=index, data_dir=data)


@pytest.fixture(scope="session")
def seeds_engine(seeds_config: Config) -> CitedQueryEngine:
    return open_engine(seeds_config, "seeds")


@pytest.fixture(scope="session")
def rag_environment(seeds_config: Config) -> dict[str, str]:
    """Environment of a command line that uses the session's model and index of seeds/."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
    folders = {"cache": seeds_config.cache_dir, "index": seeds_config.index_dir, "data": seeds_config.data_dir}
    return environment | {f"RAG_{name.upper()}_DIR": str(folder) for name, folder in folders.items()}


@pytest.fixture(scope="session")
def warm_rag() -> Iterator[WarmRag]:
    warm = WarmRag()
    yield warm
    warm.close()


@pytest.fixture(scope="session")
def run_rag_of_session(rag_environment: dict[str, str], warm_rag: WarmRag) -> RunRag:
    """`run_rag` for fixtures that several tests share."""

    def run(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        return warm_rag.run([*map(str, arguments)], rag_environment | environment, Path.cwd())

    return run


@pytest.fixture(scope="session")
def seeds_run(run_rag_of_session: RunRag, made_once: MadeOnce) -> SeedsRun:
    """`seeds_run("dev", RAG_…="…")`: the run of a split of the seeds' questions; copy it before you change it."""

    def made(split: str, **settings: str) -> Path:
        def ask(folder: Path) -> None:
            done = run_rag_of_session("eval", SEEDS_QUESTIONS, "--split", split, "--out", folder, **settings)
            assert done.returncode == 0, done

        return made_once("-".join(["run", split, *settings.values()]), ask)

    return made


@pytest.fixture
def worse_run(seeds_run: SeedsRun) -> Path:
    """The run of the dev questions with settings that answer fewer of them."""
    return seeds_run("dev", RAG_RANKINGS="dense", RAG_REFUSAL_THRESHOLD="0.7", RAG_READ_COUNT="3")


@pytest.fixture
def run_rag(run_rag_of_session: RunRag) -> RunRag:
    """`run_rag("ask", "…", RAG_PORT="1")`: the command line in a process of its own, in the test's own folder."""
    return run_rag_of_session


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder with two documents."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "rivers.md").write_text(
        "# Rivers\n\nThe Rhine is 1,233 km long. It rises in the Alps.\n", encoding="utf-8"
    )
    (folder / "towns.txt").write_text("Bern is the seat of the Swiss government.\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def ray_nodes(model_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[RayCluster]":
    """A Ray cluster of a head and two nodes, which have the embedding model and no vectors yet."""
    from tests.ray_cluster import ray_cluster

    cache = tmp_path_factory.mktemp("cache")
    # Vectors that were kept would be equal whoever made them.
    for model in model_cache.glob("all-MiniLM*"):
        shutil.copytree(model, cache / model.name)
    with ray_cluster(2, {"RAG_CACHE_DIR": str(cache)}) as started, pytest.MonkeyPatch.context() as patch:
        for name, value in started.keys.items():
            patch.setenv(name, value)
        yield started


@pytest.fixture(scope="session")
def cluster(ray_nodes: "RayCluster") -> "Iterator[Cluster]":
    """That cluster, with this process connected to it."""
    from rag.cluster.connection import connected

    with connected(ray_nodes.address) as found:
        yield found


@pytest.fixture(scope="session")
def running_llm_server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def llm_server(running_llm_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    """A server of OpenAI's protocol, the one that `llm = "openai/…"` asks; what it says is the test's to script."""
    monkeypatch.setenv("OPENAI_BASE_URL", running_llm_server.address)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    running_llm_server.says("Nothing.")
    return running_llm_server


@pytest.fixture(scope="session")
def llm_engines() -> dict[str, CitedQueryEngine]:
    """The engines that `llm_engine` has opened, by their settings."""
    return {}


@pytest.fixture
def llm_engine(
    llm_server: ScriptedServer, seeds_config: Config, llm_engines: dict[str, CitedQueryEngine]
) -> Callable[..., CitedQueryEngine]:
    """`llm_engine(unsupported="drop")`: an engine over the seeds that asks that server."""

    def opened(**settings: object) -> CitedQueryEngine:
        given = {"llm": "openai/m", "llm_timeout": 5.0, "llm_retries": 0} | settings
        if repr(given) not in llm_engines:
            llm_engines[repr(given)] = open_engine(seeds_config.model_copy(update=given), "seeds")
        return llm_engines[repr(given)]

    return opened
