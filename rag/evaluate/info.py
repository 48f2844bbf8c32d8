"""What a run was made of: questions, index, settings, code and machine."""

import json
import platform
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from typing_extensions import TypedDict

import rag
from rag.config import Config
from rag.cores import core_count
from rag.evaluate.dataset import QuestionSet
from rag.program import modules_sha256
from rag.store.manifest import Manifest

RUN_FORMAT = 1

_LIBRARIES = ("llama-index-core", "faiss-cpu", "onnxruntime", "numpy", "ir-measures")
_NOT_OF_THE_RUN = {
    *("store", "index_dir", "cache_dir", "data_dir", "host", "port", "allowed_hosts", "trace"),
    *("llm_timeout", "llm_retries"),
    *(name for name in Config.model_fields if name.startswith(("server_", "openid_")) or name == "login"),
}


class QuestionsInfo(TypedDict):
    """Which questions were asked; `left_out`: how many the index was calibrated on, and so were not."""

    file: str
    sha256: str
    count: int
    split: str | None
    tag: str | None
    left_out: int


class IndexInfo(TypedDict):
    """Which index was asked."""

    name: str
    manifest_sha256: str
    documents: int
    passages: int


class CodeInfo(TypedDict):
    """Version and sha256 of the package's modules."""

    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a run was made of: run.json. `search` is the number of passages where the search alone was scored."""

    questions: QuestionsInfo
    index: IndexInfo
    config: dict[str, Any]
    search: int | None
    code: CodeInfo
    machine: dict[str, Any]
    format_version: int = RUN_FORMAT

    def difference(self, other: "RunInfo") -> str | None:
        """What makes `other` a run of something else, in words; None if it is the same but for the machine."""
        same = {
            "format": (self.format_version, other.format_version),
            "questions": (self.questions["sha256"], other.questions["sha256"]),
            "index": (self.index["manifest_sha256"], other.index["manifest_sha256"]),
            "settings": (self.config, other.config),
            "--search": (self.search, other.search),
            "version of footnote-rag": (self.code, other.code),
        }
        changed = [name for name, (mine, theirs) in same.items() if mine != theirs]
        return f"another {' and another '.join(changed)}" if changed else None


def make_info(
    found: QuestionSet,
    index: IndexInfo,
    config: Config,
    split: str | None = None,
    tag: str | None = None,
    left_out: int = 0,
    search: int | None = None,
) -> RunInfo:
    """The RunInfo of asking the questions of `found` with this program on this machine; `index` from `index_info`."""
    questions = [question.model_dump() for _, question in found.questions]
    machine = {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": core_count(),
        "python": platform.python_version(),
        **{library: version(library) for library in _LIBRARIES},
    }
    return RunInfo(
        questions={
            "file": found.file.name,
            "sha256": _digest(questions),
            "count": len(questions),
            "split": split,
            "tag": tag,
            "left_out": left_out,
        },
        index=index,
        config=config.model_dump(mode="json", exclude=_NOT_OF_THE_RUN),
        search=search,
        code={"version": rag.__version__, "sha256": modules_sha256()},
        machine=machine,
    )


def index_info(name: str, manifest: Manifest) -> IndexInfo:
    """What a run's RunInfo says of the index that it asked."""
    return {
        "name": name,
        "manifest_sha256": manifest.sha256,
        "documents": manifest.documents,
        "passages": manifest.passages,
    }


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
