"""Vectors of texts on the disk, so that no text is embedded twice by one model, whatever index it is in."""

import hashlib
import sqlite3
import weakref
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import PrivateAttr

_SCHEMA = "CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, crc INTEGER NOT NULL, vector BLOB NOT NULL)"
_MOST_PLACEHOLDERS = 30_000
_SECONDS_TO_WAIT = 30.0


class CachedEmbedding(BaseEmbedding):
    """Another embedding whose vectors of texts are kept in a file: by the text's hash, a file for each model.

    What is in the file is committed with every batch, so that an interrupted run goes on where it was. A file that is
    damaged or cannot be written is done without.
    """

    _embedding: BaseEmbedding = PrivateAttr()
    _connection: sqlite3.Connection | None = PrivateAttr(default=None)

    def __init__(self, embedding: BaseEmbedding, folder: Path) -> None:
        super().__init__(model_name=embedding.model_name, embed_batch_size=embedding.embed_batch_size)
        self._embedding = embedding
        name = hashlib.sha256(embedding.model_name.encode()).hexdigest()[:16]
        self._connection = _open(folder / f"{name}.sqlite")
        if self._connection:
            # Python 3.13 warns of a connection that is dropped and not closed.
            weakref.finalize(self, self._connection.close)

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this embedding."""
        return "CachedEmbedding"

    def close(self) -> None:
        """Close the file."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def known(self, texts: Sequence[str]) -> dict[str, list[float]]:
        """The vectors that are in the file, by text."""
        keys = {_key(text): text for text in texts}
        found: dict[str, list[float]] = {}
        for first in range(0, len(keys), _MOST_PLACEHOLDERS):
            some = list(keys)[first : first + _MOST_PLACEHOLDERS]
            for key, crc, vector in self._read(some):
                if zlib.crc32(key + vector) == crc:
                    found[keys[key]] = np.frombuffer(vector, "<f4").tolist()
        return found

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors = self.known(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in vectors]
        if missing:
            made = dict(zip(missing, self._embedding.get_text_embedding_batch(missing), strict=True))
            self._write(made)
            vectors |= made
        return [vectors[text] for text in texts]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embedding.get_query_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await self._embedding.aget_query_embedding(query)

    def _read(self, keys: list[bytes]) -> list[tuple[bytes, int, bytes]]:
        if not self._connection:
            return []
        statement = f"SELECT text, crc, vector FROM vectors WHERE text IN ({','.join('?' * len(keys))})"  # noqa: S608
        with suppress(sqlite3.Error):
            return self._connection.execute(statement, keys).fetchall()
        return []

    def _write(self, vectors: dict[str, list[float]]) -> None:
        if not self._connection:
            return
        rows = ((_key(text), np.array(vector, "<f4").tobytes()) for text, vector in vectors.items())
        with suppress(sqlite3.Error), self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", ((key, zlib.crc32(key + v), v) for key, v in rows)
            )


def _open(file: Path) -> sqlite3.Connection | None:
    """The file, made anew where it is damaged; None where it cannot be written."""
    for _ in range(2):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(file, timeout=_SECONDS_TO_WAIT, check_same_thread=False)
        except (OSError, sqlite3.OperationalError):
            return None
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_SCHEMA)
        except sqlite3.DatabaseError as error:
            connection.close()
            if isinstance(error, sqlite3.OperationalError):
                return None
            file.unlink(missing_ok=True)
        else:
            return connection
    return None


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
