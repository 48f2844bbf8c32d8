"""Collections and documents over the API, as a program would keep them."""

import time
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from rag.library.open_document import PICTURE_PIXELS
from tests.formats.make_pdf import make_pdf, show


def read(api: httpx.Client, name: str) -> dict[str, Any]:
    """What is listed of a collection once its update is over."""
    while True:
        listed: dict[str, Any] = api.get("/v1/documents", params={"collection": name}).json()
        if listed["update"] and listed["update"]["state"] not in ("running", "stopping"):
            return listed
        time.sleep(0.1)


def test_a_collection_is_made_filled_asked_read_and_deleted(api: httpx.Client) -> None:
    assert api.post("/v1/collections", json={"name": "quay"}).json() == {"name": "quay"}
    assert api.post("/v1/collections", json={"name": "QUAY"}).status_code == 409
    pdf = make_pdf([show([(72, 700, "The harbour was dredged in 1931.")])])
    files = [
        ("files", ("report.pdf", pdf)),
        ("files", ("../../fees.md", b"# Fees\n\nA berth costs 12 crowns a night.\n")),
        ("files", ("broken.pdf", b"%PDF-1.4\nnothing")),
        ("files", ("tool.exe", b"MZ")),
    ]
    taken = api.post("/v1/documents", params={"collection": "quay"}, files=files)
    assert taken.status_code == 202
    assert taken.json()["collection"] == "quay"
    assert taken.json()["taken"] == ["report.pdf", "fees.md", "broken.pdf"]
    assert [refused["path"] for refused in taken.json()["refused"]] == ["tool.exe"]
    listed = read(api, "quay")
    assert {row["id"]: row["state"] for row in listed["data"]} == {
        "fees.md": "indexed",
        "report.pdf": "indexed",
        "broken.pdf": "failed",
    }
    assert listed["update"]["report"]["added"] == ["fees.md", "report.pdf"]

    question = {"model": "quay", "messages": [{"role": "user", "content": "What does a berth cost?"}]}
    answer = api.post("/v1/chat/completions", json=question).json()
    (citation,) = answer["footnote"]["citations"]
    place = {"collection": "quay"} | {name: citation[name] for name in ("document", "start", "end")}
    assert api.get("/v1/documents/text", params=place).json()["text"] == "A berth costs 12 crowns a night."
    found = api.post("/v1/search", json={"collection": "quay", "question": "dredged", "k": 1}).json()["data"]
    assert [passage["document"] for passage in found] == ["report.pdf"]
    picture = api.get("/v1/documents/page", params={"collection": "quay", "document": "report.pdf", "number": 1})
    with Image.open(BytesIO(picture.content)) as drawn:
        assert drawn.width == PICTURE_PIXELS
    for wrong in ({"number": 2}, {"document": "fees.md"}, {"document": "none.pdf"}):
        given = {"collection": "quay", "document": "report.pdf", "number": 1} | wrong
        assert api.get("/v1/documents/page", params=given).status_code == 404

    assert api.delete("/v1/documents", params={"collection": "quay", "document": "fees.md"}).status_code == 204
    rows = api.get("/v1/documents", params={"collection": "quay"}).json()["data"]
    assert "fees.md" not in [row["id"] for row in rows]
    assert api.delete("/v1/collections/quay").status_code == 204
    assert "quay" not in [one["name"] for one in api.get("/v1/collections").json()["data"]]
    assert api.post("/v1/chat/completions", json=question).status_code == 404


@pytest.mark.parametrize("name", ["../x", "", "a/b", "x" * 200, "\u202e", "a\0b"])
def test_a_name_that_is_none_is_refused(api: httpx.Client, name: str) -> None:
    assert 400 <= api.post("/v1/collections", json={"name": name}).status_code < 500
    assert 400 <= api.get("/v1/documents", params={"collection": name}).status_code < 500


def test_it_says_how_it_fares(api: httpx.Client) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}
    assert api.get("/readyz").json() == {"status": "ok", "problems": []}
    api.get("/v1/models")
    api.get("/v1/no/such/path")
    figures = api.get("/metrics").text
    assert 'footnote_requests_total{method="GET",route="/v1/models",status="200"}' in figures
    assert "no/such/path" not in figures
    assert "footnote_request_seconds_bucket" in figures
    assert api.get("/openapi.json").json()["info"]["title"] == "Footnote"
    assert "Chat" in api.get("/").text


def test_a_batch_of_questions_is_asked_and_scored(api: httpx.Client) -> None:
    questions = [
        {"id": "1", "question": "Who led the Russian delegation?", "answers": ["Alexander Lavrentiev"]},
        {"id": "2", "question": "Which wine goes with grilled trout?", "answers": [], "answerable": False},
    ]
    begun = api.post("/v1/evaluations", json={"collection": "seeds", "name": "by api", "questions": questions})
    assert begun.status_code == 202, begun.text
    while (run := api.get("/v1/evaluations/by api").json())["state"] == "running":
        time.sleep(0.1)
    assert run["state"] == "done"
    assert run["metrics"]["accuracy"] == 1
    assert "by api" in [one["name"] for one in api.get("/v1/evaluations").json()["data"]]
    for wrong, status in (
        ({"name": "by api"}, 409),
        ({"name": "../x"}, 409),
        ({"collection": "none"}, 404),
        ({"questions": [{"id": "1"}]}, 400),
        ({"questions": []}, 400),
    ):
        given = {"collection": "seeds", "name": "another", "questions": questions} | wrong
        refused = api.post("/v1/evaluations", json=given)
        assert (wrong, refused.status_code) == (wrong, status)
    assert api.get("/v1/evaluations/none").status_code == api.delete("/v1/evaluations/by api").status_code == 404
