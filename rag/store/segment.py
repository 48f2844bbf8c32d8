"""A segment of an index, open: its documents and passages in SQLite, its vectors in FAISS, and what of it is dead."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from rag.store.corpus import Corpus
from rag.store.faiss_flat import FaissIndex, Mask, Matrix, new_flat, open_flat, vectors_of, write_index
from rag.store.manifest import Segment


@dataclass(slots=True)
class OpenSegment:
    """A segment with its files open, and the rows in it that were deleted since."""

    info: Segment
    corpus: Corpus
    flat: FaissIndex
    dead_documents: set[int] = field(default_factory=set)
    dead_passages: set[int] = field(default_factory=set)

    @classmethod
    def open(cls, folder: Path, info: Segment) -> "OpenSegment":
        """The segment in `folder`. Raises what SQLite and FAISS raise for damaged files."""
        flat = open_flat(folder / info.vectors_file)
        if flat.ntotal != info.passages:
            raise RuntimeError(f"{info.vectors_file} holds {flat.ntotal} vectors instead of {info.passages}")
        return cls(info, Corpus(folder / info.corpus_file), flat)

    @property
    def vectors(self) -> Matrix:
        """Float32 [passages, dimension]."""
        return vectors_of(self.flat)

    def alive(self) -> Mask:
        """Which passages are not deleted, bool [passages]."""
        mask = np.ones(self.info.passages, dtype=np.bool_)
        mask[[row - self.info.first_passage for row in self.dead_passages]] = False
        return mask

    @property
    def weight(self) -> int:
        """What merging it costs: its documents and passages."""
        return self.info.documents + self.info.passages

    def finish(self, folder: Path) -> None:
        """End writing it, and open its files as a reader does."""
        self.corpus.finish()
        write_index(self.flat, folder / self.info.vectors_file)
        self.flat = open_flat(folder / self.info.vectors_file)


def merged(folder: Path, number: int, before: OpenSegment, last: OpenSegment) -> OpenSegment:
    """Two neighbours as one of that number; dead passages keep their rows, so that no other row changes."""
    info = replace(
        before.info,
        number=number,
        documents=before.info.documents + last.info.documents,
        passages=before.info.passages + last.info.passages,
    )
    both = OpenSegment(info, Corpus.create(folder / info.corpus_file), new_flat(before.flat.d))
    for segment in (before, last):
        both.corpus.copy_from(segment.corpus.file, list(segment.dead_documents), list(segment.dead_passages))
        both.flat.add(segment.vectors)
        both.dead_passages |= segment.dead_passages
        segment.corpus.close()
    both.finish(folder)
    return both
