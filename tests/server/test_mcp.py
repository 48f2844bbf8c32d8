"""What the official client of the Model Context Protocol gets, over HTTP and on standard input and output."""

import sys
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.types import TextContent

from rag.answer import NOT_IN_DOCUMENTS
from tests.conftest import REPOSITORY
from tests.loops import run_apart

SENTENCE = "Alexander Lavrentiev headed the Russian delegation."


@pytest.fixture(params=["http", "stdio"])
def target(request: pytest.FixtureRequest, server: str, rag_environment: dict[str, str]) -> str | StdioServerParameters:
    if request.param == "http":
        return f"{server}/mcp"
    return StdioServerParameters(
        command=sys.executable, args=["-m", "rag.cli", "mcp"], env=rag_environment, cwd=str(REPOSITORY)
    )


def test_a_client_asks_searches_and_reads(target: str | StdioServerParameters) -> None:
    async def visit() -> dict[str, Any]:
        async with Client(target) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}

            async def call(name: str, **arguments: object) -> Any:
                return await client.call_tool(name, arguments)

            asked = await call("ask", question="Who led the Russian delegation?")
            citation = asked.structured_content["citations"][0]
            place = {name: citation[name] for name in ("document", "start", "end")}
            return {
                "tools": tools,
                "asked": asked,
                "read": await call("read_document", **place),
                "refused": await call("ask", question="Which wine goes with grilled trout?"),
                "found": await call("search", question="refugees", k=2),
                "listed": await call("list_documents"),
                "wrong": [
                    await call("ask", question="Who?", collection="none"),
                    await call("read_document", document="none.md"),
                    await call("search", question="x" * 9000),
                    await call("search", question="refugees", k=0),
                ],
            }

    got = run_apart(visit)
    assert got["tools"] == {"ask", "search", "read_document", "list_documents"}
    said = got["asked"].content[0]
    assert isinstance(said, TextContent)
    assert said.text.startswith(f"{SENTENCE} [1]\n\n[1] astana-round-22.md, ")
    assert got["read"].structured_content["text"] == SENTENCE
    assert got["refused"].content[0].text.startswith(NOT_IN_DOCUMENTS)
    passages = got["found"].structured_content["passages"]
    assert len(passages) == 2
    assert all(len(passage["text"]) == passage["end"] - passage["start"] for passage in passages)
    listed = got["listed"].structured_content
    assert "seeds" in listed["collections"]
    assert "astana-round-22.md" in [one["document"] for one in listed["documents"]]
    assert all(result.is_error for result in got["wrong"])
    told = [result.content[0].text for result in got["wrong"]]
    assert "no collection 'none'" in told[0]
    assert "none.md" in told[1]
    assert "9,000 characters" in told[2]
