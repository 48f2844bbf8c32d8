"""Every system on the same files with the same model, each phase in a process of its own: docs/performance.md.

`python -m benchmarks.peers.run --out FOLDER --peers PYTHON`, with the interpreter of the others' environment, measures
this project and the LlamaIndex tutorial (`make bench`), with `--all` the others too (`make bench-peers`). What is
measured is what the operating system sees of a process: its seconds and its greatest memory. Prints the table, keeps
results.json.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.peers.corpus import Question, write_corpus, write_questions
from benchmarks.peers.tables import BASELINE, table
from rag.models.packaged_model import load_tokenizer, packaged_model

SMALL, LARGE = 210, 2_100
ASKED = 200
COLD = 3
"""Cold questions, of which the median counts."""

RETRIEVAL = {"RAG_RERANKER": "none"}


class System(NamedTuple):
    """A system to be measured: its module here, and the packages that it is."""

    module: str
    packages: tuple[str, ...]


OWN = System("footnote", ("onnxruntime", "faiss-cpu", "llama-index-core"))
SYSTEMS = (
    System(BASELINE, ("llama-index-core", "sentence-transformers", "torch")),
    System("txtai_hybrid", ("txtai",)),
    System("haystack_memory", ("haystack-ai",)),
    System("langchain_faiss", ("langchain-community", "langchain-huggingface")),
    System("chroma", ("chromadb",)),
    System("haiku_rag", ("haiku.rag",)),
)
"""The others, which live in an environment of their own."""


class Run(NamedTuple):
    """What a process took, and what it printed."""

    seconds: float
    peak_mb: float
    printed: str


class Bench:
    """A run of the benchmark, its files in one folder."""

    def __init__(self, out: Path, peers: str, systems: Sequence[System], large: Sequence[str]) -> None:
        self.out = out
        self.peers = peers
        self.systems = systems
        self.large = large
        self.cache = out / "cache"
        self.environment = {
            **os.environ,
            "RAG_CACHE_DIR": str(self.cache),
            "HF_HUB_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "true",
            # Chroma and Haystack count their users; what others look at, rag.no_telemetry sets.
            "ANONYMIZED_TELEMETRY": "False",
            "HAYSTACK_TELEMETRY_ENABLED": "False",
        }

    def measure(self) -> dict[str, Any]:
        """Everything, as it is kept."""
        results: dict[str, Any] = {
            "limits": json.loads(self._run([sys.executable, "-m", "benchmarks.peers.limits"]).printed)
        }
        results["versions"] = self._versions()
        corpora = {count: self._corpus(count) for count in (SMALL, LARGE)}
        results["tokens"] = {str(count): tokens for count, (_, _, tokens) in corpora.items()}
        # The model is made ready once, at set-up.
        self._prepare()
        results["systems"] = {system.module: {} for system in self.systems}
        for count in (SMALL, LARGE):
            for system in self.systems:
                if count == SMALL or system.module in self.large:
                    results["systems"][system.module][str(count)] = self._system(system, count, *corpora[count])
                    (self.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
        return results

    def _system(self, system: System, count: int, files: Path, asked: Path, tokens: int) -> dict[str, Any]:
        index = self.out / "indexes" / f"{system.module}-{count}"
        shutil.rmtree(index, ignore_errors=True)
        print(f"{system.module}, {count:,} documents", file=sys.stderr, flush=True)
        question = json.loads(asked.read_text(encoding="utf-8"))[0]["text"]
        own = system is OWN
        rag = [sys.executable, "-m", "rag.cli"]
        at = ["--index", index.name]
        try:
            ingest = self._run(
                [*rag, "index", str(files), *at] if own else self._command(system, "ingest", index, files)
            )
            found = {
                "ingest_s": ingest.seconds,
                "documents_per_s": count / ingest.seconds,
                "tokens_per_s": tokens / ingest.seconds,
                "ingest_mb": ingest.peak_mb,
                "folder_mb": sum(file.stat().st_size for file in index.rglob("*") if file.is_file()) / 1e6,
            }
            if not own:
                return found | self._asked(
                    self._command(system, "ask", index, question), self._command(system, "warm", index, asked)
                )
            search = [*rag, "search", *at, question]
            warm = self._command(system, "warm", index, asked)
            found |= self._asked(search, warm, RETRIEVAL)
            return found | {f"reader_{key}": value for key, value in self._asked(search, warm).items()}
        except subprocess.CalledProcessError as error:
            last = str(error.stderr).strip().splitlines()[-1:]
            return {"failed": "".join(last)}

    def _asked(self, cold: list[str], warm: list[str], settings: dict[str, str] | None = None) -> dict[str, Any]:
        runs = [self._run(cold, settings) for _ in range(COLD)]
        said = json.loads(self._run(warm, settings).printed.splitlines()[-1])
        percentiles = statistics.quantiles(said["milliseconds"], n=100)
        return {
            "cold_s": statistics.median(run.seconds for run in runs),
            "cold_mb": max(run.peak_mb for run in runs),
            "warm_p50_ms": percentiles[49],
            "warm_p95_ms": percentiles[94],
            "recall": said["recall"],
        }

    def _command(self, system: System, phase: str, index: Path, given: Path | str) -> list[str]:
        python = sys.executable if system is OWN else self.peers
        module = f"benchmarks.peers.{system.module}"
        return [python, "-W", "ignore", "-m", module, phase, str(index), str(packaged_model()), str(given)]

    def _run(self, command: list[str], settings: dict[str, str] | None = None) -> Run:
        """Raises CalledProcessError."""
        environment = self.environment | {"RAG_INDEX_DIR": str(self.out / "indexes")} | (settings or {})
        usage = self.out / "usage.json"
        timed = [sys.executable, "-S", str(Path(__file__).with_name("timed.py")), str(usage), *command]
        done = subprocess.run(timed, capture_output=True, text=True, env=environment, check=True)  # noqa: S603
        return Run(**json.loads(usage.read_text()), printed=done.stdout)

    def _corpus(self, count: int) -> tuple[Path, Path, int]:
        """Folder of files, file of questions, and tokens of all files."""
        folder = self.out / f"corpus-{count}"
        shutil.rmtree(folder, ignore_errors=True)
        questions: list[Question] = write_corpus(folder, count)
        write_questions(folder / "questions.json", questions, ASKED)
        texts = [file.read_text(encoding="utf-8") for file in (folder / "files").iterdir()]
        tokens = sum(len(encoding.ids) for encoding in load_tokenizer(packaged_model()).encode_batch_fast(texts))
        return folder / "files", folder / "questions.json", tokens

    def _prepare(self) -> None:
        shutil.rmtree(self.cache, ignore_errors=True)
        folder = self.out / "corpus-1"
        shutil.rmtree(folder, ignore_errors=True)
        write_corpus(folder, 1)
        self._run([sys.executable, "-m", "rag.cli", "index", str(folder / "files"), "--index", "prepared", "--rebuild"])
        shutil.rmtree(self.cache / "vectors")

    def _versions(self) -> dict[str, str]:
        names = [name for system in self.systems if system is not OWN for name in system.packages]
        program = "import json, sys; from importlib.metadata import version; "
        program += "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
        own = {f"{name} (Footnote's)": version(name) for name in OWN.packages}
        return own | json.loads(self._run([self.peers, "-c", program, *names]).printed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--peers", required=True, help="python of the others' environment")
    parser.add_argument("--all", action="store_true", help="measure all of them, not the LlamaIndex tutorial alone")
    parser.add_argument("--large", nargs="*", default=[OWN.module], help=f"systems that get {LARGE:,} documents too")
    arguments = parser.parse_args()
    chosen = (OWN, *SYSTEMS) if arguments.all else (OWN, SYSTEMS[0])
    arguments.out.mkdir(parents=True, exist_ok=True)
    print(table(Bench(arguments.out.resolve(), arguments.peers, chosen, arguments.large).measure()))
