"""manifest.json: what an index folder holds, and which of its files are the current generation."""

import hashlib
import json
import os
import re
import shlex
import tempfile
from dataclasses import asdict
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from rag.errors import IndexFolderError
from rag.refusal import Calibration

FORMAT_VERSION = 1
MANIFEST_FILE = "manifest.json"

_GENERATION_FILE = re.compile(r"corpus-(\d{6})\.sqlite(?:-journal)?|vectors-\d{6}\.faiss|\.manifest-\w+")


@dataclass(frozen=True, slots=True, config=ConfigDict(strict=True, extra="forbid"))
class Manifest:
    """The settings an index was made with, its counts, its generation's files with sizes in bytes, its calibration."""

    folder: str
    embedding_model: str
    dimension: int
    chunking_version: int
    max_passage_tokens: int
    generation: int
    documents: int
    passages: int
    files: dict[str, int]
    calibration: Calibration | None = None
    format_version: int = FORMAT_VERSION

    @property
    def sha256(self) -> str:
        """A digest of everything in the manifest: it changes whenever the index does."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def corpus_file(self) -> str:
        """Name of the SQLite file of this generation."""
        return corpus_file(self.generation)

    @property
    def vectors_file(self) -> str:
        """Name of the FAISS file of this generation."""
        return vectors_file(self.generation)

    def difference(self, other: "Manifest") -> str | None:
        """What makes indexes with these two manifests incompatible, in words; None if nothing does."""
        if self.dimension != other.dimension:
            return f"made with vectors of {self.dimension} dimensions, not {other.dimension}"
        if self.embedding_model != other.embedding_model:
            return f"made with the embedding model {self.embedding_model}, not {other.embedding_model}"
        if self.max_passage_tokens != other.max_passage_tokens:
            return f"made with max_passage_tokens {self.max_passage_tokens}, not {other.max_passage_tokens}"
        if self.chunking_version != other.chunking_version:
            return "made when documents were cut into passages differently"
        return None

    def save(self, index: Path) -> None:
        """Make this the manifest of `index`, by one synced rename."""
        with tempfile.NamedTemporaryFile("w", dir=index, prefix=".manifest-", delete=False, encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=2, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(file.name, 0o644)
        os.replace(file.name, index / MANIFEST_FILE)
        sync(index)


def corpus_file(generation: int) -> str:
    """Name of the SQLite file of a generation."""
    return f"corpus-{generation:06d}.sqlite"


def vectors_file(generation: int) -> str:
    """Name of the FAISS file of a generation."""
    return f"vectors-{generation:06d}.faiss"


def generation_files(index: Path) -> list[Path]:
    """The files of all generations in an index folder, finished or not, and of unfinished manifests."""
    return [file for file in index.iterdir() if _GENERATION_FILE.fullmatch(file.name)]


def last_generation(index: Path) -> int:
    """The highest generation that has a corpus in an index folder, finished or not; 0 without."""
    numbers = (_GENERATION_FILE.fullmatch(file.name) for file in index.iterdir())
    return max((int(number.group(1)) for number in numbers if number and number.group(1)), default=0)


def load_manifest(index: Path) -> Manifest:
    """The manifest of an index folder whose files are all there. Raises IndexFolderError with what to do."""
    rebuild = build_again("FOLDER", index)
    try:
        text = (index / MANIFEST_FILE).read_text(encoding="utf-8")
        version = int(json.loads(text)["format_version"])
    except FileNotFoundError:
        if not os.path.isdir(index):
            raise IndexFolderError(
                f"there is no index {index.name!r} in {index.parent}. Make it: rag index FOLDER --index {index.name}"
            ) from None
        raise IndexFolderError(
            f"the index {index} is half-written: its first build is still running or was interrupted. {rebuild}"
        ) from None
    except OSError as error:
        raise IndexFolderError(
            f"the index {index} cannot be read ({error.strerror}). Check its name and its permissions."
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise IndexFolderError(f"{index / MANIFEST_FILE} cannot be read ({error}). {rebuild}") from None
    if version > FORMAT_VERSION:
        raise IndexFolderError(
            f"the index {index} was made by a newer version of footnote-rag (format {version}, this one reads"
            f" {FORMAT_VERSION}). Upgrade footnote-rag. {rebuild}"
        )
    try:
        manifest = TypeAdapter(Manifest).validate_json(text)
        if set(manifest.files) != {manifest.corpus_file, manifest.vectors_file}:
            raise ValueError("it names other files than it should")
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise IndexFolderError(f"{index / MANIFEST_FILE} cannot be read ({reason}). {rebuild}") from None
    for name, size in manifest.files.items():
        file = index / name
        actual = file.stat().st_size if os.path.exists(file) else None
        if actual != size:
            state = "is missing" if actual is None else f"has {actual} bytes instead of {size}"
            raise IndexFolderError(f"the index {index} is damaged: {name} {state}. {rebuild}")
    return manifest


def build_again(folder: str, index: Path) -> str:
    """The advice to build an index again from its folder, as a command that can be pasted."""
    return f"Build it again: rag index {shlex.quote(folder)} --index {shlex.quote(index.name)} --rebuild"


def sync(path: Path) -> None:
    """Force a file's or folder's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
