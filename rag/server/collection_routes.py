"""/v1/collections and /v1/documents: what collections there are, and what they hold."""

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, File, Query, Response, UploadFile

from rag.library.document_rows import document_rows
from rag.library.library import Library
from rag.library.open_document import OpenDocument
from rag.library.updates import Updating
from rag.library.uploads import safe_name, take_files
from rag.server.asking import known, range_of
from rag.server.schemas import CollectionName

MOST_FILES = 1000
"""In one upload."""

_PIECE = 1 << 20

Named = Annotated[str, Query(alias="collection", description="Name of the collection.")]
Document = Annotated[str, Query(description="Document, as citations name it.")]


def collection_routes(library: Library) -> APIRouter:
    """The routes over the collections of a library."""
    routes = APIRouter(prefix="/v1", tags=["Collections"])

    @routes.get("/collections")
    def collections() -> dict[str, Any]:
        """The collections there are: documents, bytes of them, and whether they were made here."""
        return {"data": [asdict(one) for one in library.collections()]}

    @routes.post("/collections", status_code=201)
    def create(asked: CollectionName) -> dict[str, Any]:
        """Make an empty collection."""
        return {"name": library.create(asked.name)}

    @routes.delete("/collections/{name}", status_code=204)
    def delete(name: str) -> Response:
        """Delete a collection: its index, and its documents where it was made here."""
        library.delete(known(library, name))
        return Response(status_code=204)

    @routes.get("/documents")
    def documents(name: Named) -> dict[str, Any]:
        """The documents of a collection, the files that could not be read among them, and how far an update is."""
        rows = document_rows(library.config, known(library, name), library.folder(name))
        return {"data": [asdict(row) for row in rows], "update": _told(library.last_update(name))}

    @routes.post("/documents", status_code=202)
    def upload(name: Named, files: Annotated[list[UploadFile], File(max_length=MOST_FILES)]) -> dict[str, Any]:
        """Take files into a collection, or into that of uploads where it mirrors a folder; they are read from then on.

        GET /v1/documents says how far that is.
        """
        known(library, name)
        with TemporaryDirectory(prefix="footnote-upload-") as folder:
            kept = [_kept(file, Path(folder) / str(number)) for number, file in enumerate(files)]
            own, taken, refused = take_files(library, name, kept)
        return {"collection": own, "taken": taken, "refused": [asdict(file) for file in refused]}

    @routes.delete("/documents", status_code=204)
    def remove(name: Named, document: Document) -> Response:
        """Take a document out of a collection; its file is deleted too where the collection was made here."""
        library.remove(known(library, name), document)
        return Response(status_code=204)

    @routes.get("/documents/text")
    def text(
        name: Named,
        document: Document,
        start: Annotated[int, Query(ge=0, description="First character.")] = 0,
        end: Annotated[int | None, Query(ge=0, description="Character after the last one.")] = None,
    ) -> dict[str, Any]:
        """The text that citations of a document count in, or a range of it."""
        return range_of(library.engine(known(library, name)), document, start, end)

    @routes.get("/documents/page", response_class=Response)
    def page(
        name: Named, document: Document, number: Annotated[int, Query(ge=1, le=1_000_000)], large: bool = False
    ) -> Response:
        """A picture of a page of a PDF."""
        picture = OpenDocument.of(library.engine(known(library, name)), document).picture(number, large)
        return Response(picture.data, media_type=picture.media_type)

    return routes


def _kept(file: UploadFile, folder: Path) -> Path:
    """An uploaded file on the disk, under the name that it is to have."""
    folder.mkdir()
    to = folder / safe_name(file.filename or "")
    with to.open("wb") as out:
        while piece := file.file.read(_PIECE):
            out.write(piece)
    return to


def _told(updating: Updating | None) -> dict[str, Any] | None:
    """How far an update is, and what came of it."""
    if updating is None:
        return None
    report, now = updating.job.result, updating.job.progress
    return {
        "state": now.state,
        "bytes_done": now.done,
        "bytes": now.total,
        "files": [asdict(file) for file in updating.files],
        "refused": [asdict(file) for file in updating.refused],
        "message": updating.job.message,
        "report": asdict(report) if report else None,
    }
