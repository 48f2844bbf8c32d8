import json
import re

import pytest
from gradio.context import Context
from gradio.routes import toorjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.common.page_language import PageLanguage
from ui.common.texts import COOKIE, text


def of_page() -> dict[str, str]:
    """What a window's page is told of its parts."""
    with pytest.MonkeyPatch.context() as building:
        # As within gr.Blocks, which would leave an event loop behind.
        building.setattr(Context, "root_block", object())
        return {
            "label": text("app.documents"),
            "value": f"<p>{text('chat.page', page=7)}</p>",
            "typed": "⟦of.nobody?⟧",
        }


@pytest.fixture(scope="module")
def client() -> TestClient:
    """A browser at a page that is written as Gradio writes its own."""
    config = of_page()
    page = f'<html\n\tlang="en"\n><script>window.gradio_config = {toorjson(config)};</script></html>'

    def config_alone(request: Request) -> JSONResponse:
        return JSONResponse(config)

    def page_alone(request: Request) -> HTMLResponse:
        return HTMLResponse(page)

    routes = [Route("/", page_alone), Route("/config", config_alone), Route("/file", page_alone)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(PageLanguage)]))


@pytest.mark.parametrize(
    ("accepted", "language", "label"), [("de-DE,en;q=0.5", "de", "Dokumente"), ("fr", "en", "Documents")]
)
def test_the_page_comes_in_the_language_that_the_browser_asks_for(
    client: TestClient, accepted: str, language: str, label: str
) -> None:
    response = client.get("/", headers={"accept-language": accepted})
    assert f'<html\n\tlang="{language}"\n>' in response.text
    found = re.search(r"gradio_config = (.*?);</script>", response.text)
    assert found
    config = json.loads(found[1])
    assert config["label"] == label
    assert config["value"] == {"de": "<p>Seite 7</p>", "en": "<p>page 7</p>"}[language]
    # A mark that is not ours is shown as it is.
    assert config["typed"] == "⟦of.nobody?⟧"
    assert int(response.headers["content-length"]) == len(response.content)
    assert {"Accept-Language", "Cookie"} <= set(response.headers["vary"].split(", "))
    assert client.get("/config", headers={"accept-language": accepted}).json() == config


def test_what_was_chosen_goes_before_what_the_browser_asks_for(client: TestClient) -> None:
    assert '"Documents"' in client.get("/", headers={"accept-language": "de", "cookie": f"{COOKIE}=en"}).text


def test_a_page_is_asked_for_without_its_body(client: TestClient) -> None:
    response = client.head("/", headers={"accept-language": "de"})
    assert (response.status_code, response.text) == (200, "")


def test_all_else_passes_as_it_is(client: TestClient) -> None:
    assert "⟦app.documents" in client.get("/file", headers={"accept-language": "de"}).text
    assert client.get("/none").status_code == 404
