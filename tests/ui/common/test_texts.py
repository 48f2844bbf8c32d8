"""Every text of the window is there in every language, and none is there that nothing shows."""

import contextvars
import re
import string
import tomllib
from pathlib import Path

import gradio as gr
import pytest
from gradio.context import Context, LocalContext
from markupsafe import escape
from starlette.requests import Request

import ui
from rag.answer import NOT_IN_DOCUMENTS, SOURCES_DIFFER
from rag.answering.refusal import UNCLEAR
from rag.library.job import Job
from rag.llm.checked_synthesizer import WITH_QUOTES
from ui.common.said import SAID, translated
from ui.common.texts import COOKIE, LANGUAGES, language_of, said_in, shown_answer, text

FOLDER = Path(ui.__file__).parent


def texts_of(language: str) -> dict[str, str]:
    """The texts of a language by their whole keys."""
    found = tomllib.loads((FOLDER / "common" / "texts" / f"{language}.toml").read_text("utf-8"))
    return {f"{section}.{name}": said for section, texts in found.items() for name, said in texts.items()}


ENGLISH = texts_of("en")
WRITTEN = ENGLISH | {f"said.{name}": said for name, said in SAID.items()}
"""What is to be translated: the window's own texts, and what the program says beside its answers."""

OTHERS = [language for language in LANGUAGES if language != "en"]
SECTIONS = "|".join({key.partition(".")[0] for key in ENGLISH})
FILES = [*FOLDER.rglob("*.py"), *FOLDER.rglob("*.j2")]
SOURCES = "\n".join(file.read_text("utf-8") for file in sorted(FILES))

ALIKE = {
    "app.title",
    # Names of files and folders are what they are in every language.
    "evaluation.run_name",
    "chat.stage_total",
    "documents.note",
    "viewer.as_text",
    "evaluation.seconds",
    "evaluation.minutes",
    "evaluation.hours",
    "evaluation.p_value",
}
"""Texts that may be the same in two languages."""


def asked(**headers: str) -> Request:
    raw = [(name.encode().replace(b"_", b"-"), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


def test_every_text_that_is_named_is_there() -> None:
    named = set(re.findall(rf"""["']((?:{SECTIONS})\.[a-z_]+)["']""", SOURCES))
    named -= {"evaluation.css", *(start for start in named if start.endswith("_"))}
    assert named
    assert named <= set(ENGLISH)


def test_no_text_is_there_for_nothing() -> None:
    made = re.findall(rf"""["']((?:{SECTIONS})\.[a-z_]*_)(?:\{{|["'])""", SOURCES)
    unused = {
        key
        for key in ENGLISH
        if not re.search(rf"[\"']{re.escape(key)}[\"']", SOURCES) and not any(key.startswith(start) for start in made)
    }
    assert unused == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_text_with_the_same_places_to_fill(language: str) -> None:
    def places(said: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(said) if name is not None)

    texts = texts_of(language)
    assert list(texts) == list(WRITTEN)
    assert {key: places(said) for key, said in texts.items()} == {key: places(said) for key, said in WRITTEN.items()}


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_left_in_english(language: str) -> None:
    left = {key for key, said in texts_of(language).items() if said == WRITTEN[key] and re.search("[a-z]{2}", said)}
    assert left - ALIKE == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_hold_nothing_that_html_or_a_mark_takes_for_its_own(language: str) -> None:
    assert {key for key, said in texts_of(language).items() if re.search(r"[<>&\"`$⟦⟧]", said)} == set()


def test_values_are_filled_in_as_they_are() -> None:
    assert text("viewer.range", document="{x}", start=1, end=2) == "{x}, characters 1 to 2"


def test_the_language_is_the_most_wanted_that_there_is_and_the_chosen_one_first() -> None:
    for accepted, language in (
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr,de;q=0.4,en;q=0.5", "en"),
        ("fr,DE-at;q=0.4", "de"),
        ("de;q=0,fr", "en"),
        ("de;q=high, *;q=0.1", "de"),
        ("fr", "en"),
        ("", "en"),
    ):
        assert language_of(asked(accept_language=accepted)) == language
    assert language_of(asked()) == "en"
    assert language_of(asked(accept_language="de", cookie=f"{COOKIE}=en")) == "en"
    assert language_of(asked(accept_language="de", cookie=f"{COOKIE}=../xx")) == "de"


def test_a_text_is_said_in_the_language_of_whoever_is_answered_also_in_a_job() -> None:
    def said() -> list[str | None]:
        job = Job("job", lambda job: text("app.cancel"))
        job.wait()
        return [text("app.cancel"), job.result, shown_answer(NOT_IN_DOCUMENTS), shown_answer("No.")]

    def german() -> list[str | None]:
        LocalContext.request.set(gr.Request(asked(accept_language="de")))
        return said()

    assert contextvars.copy_context().run(german) == [
        "Abbrechen",
        "Abbrechen",
        "Die Dokumente beantworten diese Frage nicht.",
        "No.",
    ]
    assert said() == ["Cancel", "Cancel", NOT_IN_DOCUMENTS, "No."]


def test_what_the_program_says_beside_an_answer_is_translated() -> None:
    unclear = UNCLEAR.format(words="“Rhein”, “{x}”", confidence="0.12", needed="0.50")
    quotes = WITH_QUOTES.format(problem="The language model answered nothing.")

    def german() -> list[str]:
        LocalContext.request.set(gr.Request(asked(accept_language="de")))
        return [translated(said) for said in (unclear, SOURCES_DIFFER, quotes, "A note of another kind.")]

    found = contextvars.copy_context().run(german)
    assert found[0].startswith(
        "Gesucht nach “Rhein”, “{x}”: Keine Stelle beantwortet es deutlich genug (Sicherheit 0.12,"
    )
    assert found[1].startswith("Die Quellen widersprechen sich")
    assert found[2:] == [
        "The language model answered nothing. Stattdessen antworten Zitate aus den Dokumenten.",
        "A note of another kind.",
    ]
    assert [translated(said) for said in (unclear, SOURCES_DIFFER, quotes)] == [unclear, SOURCES_DIFFER, quotes]


def test_a_text_of_the_page_is_said_when_it_is_served() -> None:
    with pytest.MonkeyPatch.context() as building:
        # As within gr.Blocks, which would leave an event loop behind.
        building.setattr(Context, "root_block", object())
        mark, filled = text("app.cancel"), text("chat.welcome", index="<b>{x}</b>")
    page = f"<p>{mark}</p> ⟦app.no_such?⟧ ⟦x⟧ {mark}"
    assert said_in("de", page, str) == "<p>Abbrechen</p> ⟦app.no_such?⟧ ⟦x⟧ Abbrechen"
    assert said_in("en", mark, str.upper) == "CANCEL"
    # What it is filled with stays a text, be it in HTML or not.
    assert escape(filled) == filled
    assert said_in("de", filled, str).startswith("Fragen Sie die Dokumente in „&lt;b&gt;{x}&lt;/b&gt;“")
