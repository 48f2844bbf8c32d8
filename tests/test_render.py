from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from rag.answer import SOURCES_DIFFER, Answer, Citation, Passage, Sentence
from ui.render import CONTEXT_CHARACTERS, conversation_html, document_html, notice_html, sources_html

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)> ${1+1} {{value}} `x` & \"quoted\" 'single'"
TEXTS = st.text(max_size=50) | st.just(NASTY)


class Reader(HTMLParser):
    """The tags, attributes and text of a page, as a browser would read them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def answer(text: str, refused: bool = False) -> Answer:
    return Answer(
        question=text,
        answer=f"{text} [1]",
        short_answer=None,
        confidence=0.5,
        refused=refused,
        reason=text if refused else None,
        sentences=[]
        if refused
        else [Sentence(text, [1], "quoted", (1, 3)) if len(text) > 3 else Sentence(text, [1], "quoted")],
        citations=[] if refused else [Citation(1, text, text, None, 3, 9, text)],
        passages=[Passage("i", text, None, 3, 9, text, 1.0, 1, 1)],
        agreement="differ",
        notes=[text],
    )


@given(TEXTS)
def test_nothing_that_a_person_or_document_says_becomes_markup(text: str) -> None:
    pages = [
        conversation_html([(text, answer(text)), (text, answer(text, refused=True)), (text, text), (text, None)], text),
        conversation_html([], text),
        sources_html(answer(text)),
        sources_html(answer(text, refused=True)),
        document_html(text, text, text, 0, min(3, len(text))),
        notice_html(text),
    ]
    for page in pages:
        read = Reader(page)
        assert set(read.tags) <= {"div", "p", "span", "button", "h2", "ol", "li", "strong", "q", "mark", "b"}
        assert not [name for name, _ in read.attributes if name.startswith("on")]
        assert not set("${}`") & set(page)
        assert text.replace("\r", "") in read.text.replace("\r", "") or not text.isprintable()


def test_every_sentence_has_its_citation_with_the_place() -> None:
    read = Reader(conversation_html([("Who?", answer("He led."))], ""))
    attributes = dict(read.attributes)
    assert "He led.[1]" in read.text
    assert (attributes["data-document"], attributes["data-start"], attributes["data-end"]) == ("He led.", "3", "9")
    assert attributes["aria-label"] == "Citation 1: He led."
    assert attributes["data-support"] == "quoted"


def test_a_refusal_points_to_the_nearest_passages() -> None:
    refused = answer("far", refused=True)
    assert "nearest passages" in conversation_html([("Who?", refused)], "")
    assert "Nearest passages" in sources_html(refused)


def test_the_cited_range_is_marked_in_its_surroundings() -> None:
    text = "a" * 50_000 + "HERE" + "b" * 50_000
    read = Reader(document_html("d", "T", text, 50_000, 50_004))
    page = document_html("d", "T", text, 50_000, 50_004)
    assert '<mark id="cited">HERE</mark>' in page
    assert f"… {50_000 - CONTEXT_CHARACTERS:,} characters before …" in read.text
    assert read.text.count("b") < CONTEXT_CHARACTERS + 100


def test_the_short_answer_is_bold_and_notes_and_confidence_are_shown() -> None:
    page = conversation_html([("When?", answer("built in 1903"))], "")
    assert "b<b>ui</b>lt in 1903" in page
    assert f'<p class="note">{SOURCES_DIFFER}</p><p class="note">built in 1903</p>' in page
    assert "Confidence 0.50" in page
