"""manifest.json: what an index folder holds, and which of its files are current."""

import hashlib
import json
import os
import re
import shlex
import tempfile
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from rag.errors import IndexFolderError
from rag.store.calibration import Calibration

FORMAT_VERSION = 2
MANIFEST_FILE = "manifest.json"
CHECKSUM = "manifest_sha256"

OWN_PARSER = "SentenceChunker"
"""The node parser of this project; of another one the settings are in its name."""

_CORPUS, _VECTORS, _DELETED, _ANN, _WORDS = (
    "corpus-{}.sqlite",
    "vectors-{}.faiss",
    "deleted-{}.npz",
    "ann-{}.faiss",
    "words-{}",
)
_NUMBERED = re.compile(
    r"(?:corpus-(\d{6,})\.sqlite(?:-journal)?|(?:vectors|ann)-(\d{6,})\.faiss|deleted-(\d{6,})\.npz|words-(\d{6,}))"
)
_UNFINISHED = re.compile(r"\.manifest-\w+")

_STRICT = ConfigDict(strict=True, extra="forbid")


@dataclass(frozen=True, slots=True, config=_STRICT)
class Segment:
    """Documents and passages that were written together: one corpus file and one file of vectors, never changed.

    Rows count through all segments: this one has the passages `first_passage` to `first_passage + passages`, among
    them those that were deleted since, and documents likewise.
    """

    number: int
    first_document: int
    documents: int
    first_passage: int
    passages: int

    @property
    def corpus_file(self) -> str:
        """Name of its SQLite file."""
        return _CORPUS.format(f"{self.number:06d}")

    @property
    def vectors_file(self) -> str:
        """Name of its FAISS file."""
        return _VECTORS.format(f"{self.number:06d}")

    @property
    def next_passage(self) -> int:
        """The row after its last passage."""
        return self.first_passage + self.passages

    @property
    def next_document(self) -> int:
        """The row after its last document."""
        return self.first_document + self.documents


@dataclass(frozen=True, slots=True, config=_STRICT)
class AnnInfo:
    """The approximate FAISS index over the passages of rows under `rows`: its kind, and how widely it searches.

    `recall` is its recall@10 against exact search, measured when it was built, on passages of the index.
    """

    number: int
    rows: int
    kind: str
    nprobe: int
    recall: float

    @property
    def file(self) -> str:
        """Name of its file."""
        return _ANN.format(f"{self.number:06d}")


@dataclass(frozen=True, slots=True, config=_STRICT)
class FileInfo:
    """A file as it was written: size in bytes and sha256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, config=_STRICT)
class FailedFile:
    """Why a file of the folder could not be read, and what tells whether it is still the same: bytes, and when it was
    changed, in nanoseconds."""

    reason: str
    size: int
    modified: int


@dataclass(frozen=True, slots=True, config=_STRICT)
class Manifest:
    """The settings an index was made with, its counts, its files, its calibration.

    `generation` goes up with every change. `words` is the number of the full-text index, `deleted` that of the file
    of deleted rows, None where there is none. `failures` are the files that could not be read, by path.
    """

    folder: str
    embedding_model: str
    dimension: int
    chunking_version: int
    reading_version: int
    max_passage_tokens: int
    generation: int = 0
    documents: int = 0
    passages: int = 0
    segments: list[Segment] = field(default_factory=list)
    words: int | None = None
    deleted: int | None = None
    ann: AnnInfo | None = None
    files: dict[str, FileInfo] = field(default_factory=dict)
    calibration: Calibration | None = None
    node_parser: str = OWN_PARSER
    format_version: int = FORMAT_VERSION
    failures: dict[str, FailedFile] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """A digest of everything in the manifest: it changes whenever the index does."""
        return hashlib.sha256(json.dumps(self._said(), sort_keys=True).encode()).hexdigest()

    @property
    def words_folder(self) -> str | None:
        """Name of the folder of the full-text index; None in an index without passages."""
        return None if self.words is None else words_folder(self.words)

    @property
    def deleted_file(self) -> str | None:
        """Name of the file of deleted rows; None where none is deleted."""
        return None if self.deleted is None else deleted_file(self.deleted)

    def expected_files(self) -> set[str]:
        """Names of the files that must be there, those of the full-text index aside."""
        names = {name for segment in self.segments for name in (segment.corpus_file, segment.vectors_file)}
        return names | {name for name in (self.deleted_file, self.ann and self.ann.file) if name}

    def difference(self, other: "Manifest") -> str | None:
        """What makes indexes with these two manifests incompatible, in words; None if nothing does."""
        differences = (
            ("dimension", "made with vectors of {} dimensions, not {}"),
            ("embedding_model", "made with the embedding model {}, not {}"),
            ("node_parser", "cut into passages by {}, not {}"),
            ("max_passage_tokens", "made with max_passage_tokens {}, not {}"),
            ("chunking_version", "made when documents were cut into passages differently"),
            ("reading_version", "made when the text of documents was read differently"),
        )
        for name, words in differences:
            own, others = getattr(self, name), getattr(other, name)
            if own != others:
                return words.format(own, others)
        return None

    def emptied(self) -> "Manifest":
        """That of an index with these settings that holds nothing yet."""
        nothing: dict[str, Any] = {"segments": [], "words": None, "deleted": None, "ann": None, "files": {}}
        return replace(self, documents=0, passages=0, **nothing)

    def _said(self) -> dict[str, Any]:
        said = asdict(self)
        if not self.failures:
            # As in a manifest of the time before failures were kept, whose checksum is to hold.
            del said["failures"]
        return said

    def text(self) -> str:
        """It as it is written, with its digest."""
        return json.dumps(self._said() | {CHECKSUM: self.sha256}, indent=2, ensure_ascii=False)

    def save(self, index: Path) -> None:
        """Make this the manifest of `index`, by one synced rename."""
        with tempfile.NamedTemporaryFile("w", dir=index, prefix=".manifest-", delete=False, encoding="utf-8") as file:
            file.write(self.text())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(file.name, 0o644)
        os.replace(file.name, index / MANIFEST_FILE)
        sync(index)


def words_folder(number: int) -> str:
    """Name of the folder of a full-text index."""
    return _WORDS.format(f"{number:06d}")


def deleted_file(number: int) -> str:
    """Name of a file of deleted rows."""
    return _DELETED.format(f"{number:06d}")


def numbered_files(index: Path) -> dict[Path, int | None]:
    """What changes left in an index folder, finished or not, each with its number; None for unfinished manifests."""
    found: dict[Path, int | None] = {}
    for entry in index.iterdir():
        match = _NUMBERED.fullmatch(entry.name)
        if match:
            found[entry] = next(int(number) for number in match.groups() if number)
        elif _UNFINISHED.fullmatch(entry.name):
            found[entry] = None
    return found


def next_number(index: Path) -> int:
    """A number that no file of an index folder has, higher than all."""
    return max((number for number in numbered_files(index).values() if number is not None), default=0) + 1


def manifest_bytes(index: Path) -> bytes:
    """The manifest of an index folder as it lies there; nothing where it cannot be read."""
    try:
        return (index / MANIFEST_FILE).read_bytes()
    except OSError:
        return b""


def folder_of(index: Path) -> Path | None:
    """The folder whose documents an index holds, told even where the rest of its manifest cannot be used."""
    try:
        return Path(str(json.loads(manifest_bytes(index))["folder"]))
    except (ValueError, KeyError, TypeError):
        return None


def manifest_of(text: str) -> Manifest:
    """The manifest that was written as `text`. Raises ValueError where it is not as it was written."""
    said = json.loads(text)
    manifest = TypeAdapter(Manifest).validate_json(json.dumps({k: v for k, v in said.items() if k != CHECKSUM}))
    if manifest.text() != text:
        raise ValueError("its checksum differs")
    return manifest


def load_manifest(index: Path) -> Manifest:
    """The manifest of an index folder whose files are all there. Raises IndexFolderError with what to do."""
    rebuild = build_again("FOLDER", index.name)
    try:
        text = (index / MANIFEST_FILE).read_text(encoding="utf-8")
        said = json.loads(text)
        version = int(said["format_version"])
        rebuild = build_again(str(said.get("folder", "FOLDER")), index.name)
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
    if version < FORMAT_VERSION:
        raise IndexFolderError(
            f"the index {index} was made by an older version of footnote-rag (format {version}, this one reads"
            f" {FORMAT_VERSION}). {rebuild}"
        )
    try:
        manifest = manifest_of(text)
        if {name for name in manifest.files if "/" not in name} != manifest.expected_files():
            raise ValueError("it names other files than it should")
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise IndexFolderError(f"{index / MANIFEST_FILE} cannot be read ({reason}). {rebuild}") from None
    for name, info in manifest.files.items():
        try:
            actual = os.stat(index / name).st_size
        except OSError:
            raise IndexFolderError(f"the index {index} is damaged: {name} is missing. {rebuild}") from None
        if actual != info.size:
            raise IndexFolderError(
                f"the index {index} is damaged: {name} has {actual} bytes instead of {info.size}. {rebuild}"
            )
    return manifest


def build_again(folder: str, index: str) -> str:
    """The advice to build an index again from its folder, as a command that can be pasted."""
    return f"Build it again: rag index {shlex.quote(folder)} --index {shlex.quote(index)} --rebuild"


def sync(path: Path) -> None:
    """Force a file's or folder's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_info(path: Path) -> FileInfo:
    """Size and sha256 of a file as it lies on the disk."""
    with path.open("rb") as file:
        return FileInfo(os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())
