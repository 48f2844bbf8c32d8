"""What docs/api.md says of each route, written from the API's own description: `python -m rag.server.reference`."""

import json
import sys
from collections.abc import Iterator
from typing import Any

BEGIN = "<!-- python -m rag.server.reference -->\n"
"""After which the page is written by this."""


def reference(description: dict[str, Any]) -> str:
    """The routes that OpenAPI describes, by their tags, as Markdown."""
    tagged: dict[str, list[str]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            lines = _operation(f"{method.upper()} {path}", operation, description)
            tagged.setdefault(operation["tags"][0], []).append("\n".join(lines))
    return "\n".join(line for tag, written in tagged.items() for line in (f"\n## {tag}\n", *written))


def _operation(name: str, operation: dict[str, Any], description: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    yield f"{operation.get('description', operation['summary'])}\n"
    rows = [
        (one["name"], _type(one["schema"]), one["required"], one["schema"].get("default"), one.get("description", ""))
        for one in operation.get("parameters", [])
    ]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = _resolved(content["schema"], description)
        required = schema.get("required", [])
        rows += [
            (key, _type(one), key in required, one.get("default"), one.get("description", ""))
            for key, one in schema["properties"].items()
        ]
    if rows:
        yield "| field | type | |"
        yield "|---|---|---|"
    for key, type, is_required, default, said in rows:
        given = "" if default is None else f"default {json.dumps(default)}"
        told = ". ".join(part.rstrip(".") for part in (said, "required" if is_required else given) if part)
        yield f"| `{key}` | {type} | {told} |"
    if rows:
        yield ""


def _resolved(schema: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = description["components"]["schemas"][name] if name else schema
    return found


def _type(schema: dict[str, Any]) -> str:
    """What a value may be, in words; a part of it by its name."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(one) for one in schema["anyOf"] if one.get("type") != "null"))
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "const" in schema or "enum" in schema:
        return " or ".join(json.dumps(one) for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if schema.get("items") else "list"
    return str(schema.get("type", "null"))


if __name__ == "__main__":
    from llama_index.core.embeddings import MockEmbedding

    from rag import DEFAULT_INDEX
    from rag.config import Config
    from rag.library.library import Library
    from rag.server.app import build_server

    described = build_server(Library(Config()), DEFAULT_INDEX, MockEmbedding(embed_dim=1)).openapi()
    sys.stdout.write(reference(described))
