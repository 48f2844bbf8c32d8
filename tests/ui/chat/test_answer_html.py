from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rag.answer import SOURCES_DIFFER, Answer, Citation, Passage, Sentence
from tests.ui.read_html import Reader
from ui.chat.answer_html import turns_html, welcome_html
from ui.chat.conversations import Conversation
from ui.chat.kept import KeptTurn
from ui.common.notices import notice_html

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)> ${1+1} {{value}} `x` & \"quoted\" 'single'"
TEXTS = st.text(max_size=50) | st.just(NASTY)
TAGS = {
    *("div", "p", "span", "button", "h2", "h3", "h4", "h5", "h6", "ol", "li", "strong", "q", "mark", "b", "i", "code"),
    *("article", "svg", "path", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "img"),
}


def answer(text: str, refused: bool = False) -> Answer:
    sentence = Sentence(text, [1], "quoted", (1, 3) if len(text) > 3 else None)
    return Answer(
        question=text,
        answer=f"{text} [1]",
        short_answer=None,
        confidence=0.5,
        refused=refused,
        reason=text if refused else None,
        sentences=[] if refused else [sentence],
        citations=[] if refused else [Citation(1, text, text, None, 3, 9, text)],
        passages=[Passage("i", text, None, 3, 9, text, 1.0, 1, None, reader_score=0.25)],
        agreement="differ",
        notes=[text],
    )


def shown(*turns: KeptTurn) -> str:
    return turns_html(Conversation("c", "seeds", list(turns)), 0, len(turns))


@given(TEXTS)
def test_nothing_that_a_person_or_document_says_becomes_markup(text: str) -> None:
    kept = [KeptTurn(text, answer(text)), KeptTurn(text, answer(text, refused=True)), KeptTurn(text, text)]
    kept.append(KeptTurn(text, is_running=True))
    pages = [
        shown(*kept),
        welcome_html(text, False, [text]),
        notice_html(text),
    ]
    for page in pages:
        read = Reader(page)
        assert set(read.tags) <= TAGS
        assert "img" not in read.tags
        assert not [name for name, _ in read.attributes if name.startswith("on")]
        assert not set("${}`") & set(page)
        assert text in read.text or not text.isprintable()


def test_every_sentence_has_its_citation_with_the_place_and_its_mark() -> None:
    read = Reader(shown(KeptTurn("Who?", answer("He led."), number=7)))
    assert ("data-open", "7:citation:0") in read.attributes
    assert ("data-quote", "He led.") in read.attributes
    assert ("aria-label", "Citation 1: He led.") in read.attributes
    assert ("data-support", "quoted") in read.attributes
    # One mark for all of it, and the confidence as a word, with its figure among how it came about.
    assert read.text.count("“” Quoted word for word") == 1
    assert "fairly sure" in read.text
    assert "50 % confident" in read.text


def test_a_sentence_says_itself_that_it_is_less_than_supported() -> None:
    said = answer("He led.")
    sentences = [*said.sentences, Sentence("He sang.", [], "unsupported")]
    read = Reader(shown(KeptTurn("Who?", replace(said, sentences=sentences, model="m"))))
    assert "He sang. ✗ not supported by the documents" in read.text
    assert "✗ 1 of 2 sentences not fully supported" in read.text
    assert "Quoted word" not in read.text


def test_quotes_of_one_document_flow_on_and_items_stand_alone() -> None:
    said = answer("He led.")
    cited = [replace(said.citations[0], number=number, document=name) for number, name in enumerate("aab", start=1)]
    three = [Sentence(f"{number}.", [number], "quoted") for number in (1, 2, 3)]
    flowing = replace(said, sentences=three, citations=cited)
    assert shown(KeptTurn("Who?", flowing)).count('<p dir="auto">') == 1 + 2
    page = shown(KeptTurn("List all", replace(flowing, kind="list")))
    assert page.count('<p dir="auto" class="item">') == 3


def test_what_a_model_had_written_when_it_was_stopped_is_shown_as_unchecked() -> None:
    draft = Answer("Who?", "He led.\nAnd so on", None, 0.0, False, None, [], [], [])
    assert "Being written" in shown(KeptTurn("Who?", draft, is_running=True))
    stopped = shown(KeptTurn("Who?", draft))
    assert "He led." in stopped
    assert "Stopped here; nothing of it is checked." in stopped
    assert "aria-busy" not in stopped


def test_what_is_pending_interrupted_or_refused_says_so() -> None:
    assert 'aria-busy="true"' in shown(KeptTurn("Who?", is_running=True))
    assert '<p role="alert">No index</p>' in shown(KeptTurn("Who?", "no index"))
    refused = answer("far", refused=True)
    assert "nearest passages" in shown(KeptTurn("Who?", refused))


def test_a_courtesy_is_shown_without_confidence_or_how_it_came_about() -> None:
    reply = Answer("Hi", "Hello <you>.", None, 0.0, False, None, [], [], [], kind="courtesy")
    page = shown(KeptTurn("Hi", reply))
    assert "Hello &lt;you&gt;." in page
    assert "sure" not in page
    assert "<details" not in page
    assert "aria-busy" not in page


def test_what_is_known_of_whole_documents_is_marked_so_and_has_no_confidence() -> None:
    said = answer("The lease has 3 pages.")
    sentences = [replace(sentence, support="indexed") for sentence in said.sentences]
    page = shown(KeptTurn("How long?", replace(said, sentences=sentences, kind="documents")))
    assert "Known from the index" in page
    assert "sure" not in page.replace("measure", "")


def test_how_an_answer_came_about_names_ranks_and_what_was_cited() -> None:
    text = Reader(shown(KeptTurn("Who?", answer("He led.")))).text
    assert "He led.1–1.000.25yes" in text


def test_the_short_answer_is_bold_and_notes_are_shown() -> None:
    page = shown(KeptTurn("When?", answer("built in 1903")))
    assert "b<b>ui</b>lt in 1903" in page
    assert f'<p class="note">{SOURCES_DIFFER}</p><p class="note">built in 1903</p>' in page
