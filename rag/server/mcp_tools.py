"""Tools for clients of the Model Context Protocol: search, ask, read, each with exact places."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from typing import Annotated, Any

from anyio import to_thread
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from rag.build import Notify
from rag.config import APP_NAME, Config
from rag.errors import RagError
from rag.library.document_rows import document_rows
from rag.library.library import Library
from rag.server.asking import Desk, range_of
from rag.server.footnotes import footnoted

_INSTRUCTIONS = (
    "Footnote holds a person's own documents in collections. Use ask for an answer in quotes from them, each with the"
    " document and the range of characters that it stands in; search for the nearest passages; read_document for the"
    " text around a place. When ask says that the documents do not answer, they do not: say so."
)
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)

MOST_READ = 20_000
"""Characters of a document that are given at once."""

Collection = Annotated[str, Field(description="Name of the collection; list_documents tells what there is.")]
Question = Annotated[str, Field(description="A question in whole words.")]


def mcp_tools(desk: Desk, version: str) -> MCPServer:
    """The server of the tools; without a name, the collection that a desk is opened with is meant."""
    server = MCPServer("footnote", title="Footnote", instructions=_INSTRUCTIONS, version=version, log_level="WARNING")
    default = desk.default

    @server.tool(annotations=_READS)
    async def ask(question: Question, collection: Collection = default) -> CallToolResult:
        """Answer a question from the documents, every sentence with where it stands; or say that they do not answer."""
        with _told():
            answer = await desk.answer(collection, question)
        return CallToolResult(
            content=[TextContent(type="text", text=footnoted(answer))], structured_content=answer.as_json()
        )

    @server.tool(annotations=_READS)
    async def search(
        question: Question,
        collection: Collection = default,
        k: Annotated[int, Field(ge=1, le=50, description="Number of passages.")] = 5,
    ) -> dict[str, Any]:
        """The passages nearest to a question, best first, each with its document and range of characters."""
        with _told():
            engine = await desk.engine(collection)
            passages = await desk.run(partial(engine.search, question))
        return {"passages": [asdict(passage) for passage in passages[:k]]}

    @server.tool(annotations=_READS)
    async def read_document(
        document: Annotated[str, Field(description="Document, as citations name it.")],
        collection: Collection = default,
        start: Annotated[int, Field(ge=0, description="First character.")] = 0,
        end: Annotated[int | None, Field(ge=0, description="Character after the last one.")] = None,
    ) -> dict[str, Any]:
        """The text of a document between two characters, at most 20,000 of them."""
        with _told():
            engine = await desk.engine(collection)
            most = start + MOST_READ
            return await to_thread.run_sync(range_of, engine, document, start, most if end is None else min(end, most))

    @server.tool(annotations=_READS)
    async def list_documents(collection: Collection = default) -> dict[str, Any]:
        """The documents of a collection, and what other collections there are."""
        library = desk.library
        with _told():
            await desk.engine(collection)
            rows = await to_thread.run_sync(document_rows, library.config, collection, library.folder(collection))
        documents = [{"document": row.id, "title": row.title, "pages": row.pages} for row in rows if row.is_held]
        return {"collections": library.names(), "documents": documents}

    return server


@contextmanager
def _told() -> Iterator[None]:
    """Tell the client, who can put it right, what is wrong with what it asks."""
    try:
        yield
    except RagError as error:
        raise ToolError(str(error)) from None


def run_on_stdio(config: Config, index: str, notify: Notify) -> None:
    """Offer the tools on standard input and output until the client leaves. Raises RagError."""
    library = Library(config, notify)
    library.engine(index)
    mcp_tools(Desk(library, index), version(APP_NAME)).run("stdio")
