from dataclasses import replace

from rag.answer import SOURCES_DIFFER, Answer, Citation, Passage, Seconds, Sentence
from rag.terminal import answer_text, passages_text, place_text, printable, sentence_text

PASSAGES = [Passage(f"p{n}", "d.md", None, n, n + 9, f"Text\nnumber {n}.", 1.0, 1, 1) for n in range(5)]
SECONDS = Seconds(total=1.25)


def test_an_answer_is_followed_by_its_places() -> None:
    citations = [Citation(1, "d.md", "T", None, 3, 9, "It is."), Citation(2, "e.pdf", "T", 4, 0, 6, "It was")]
    sentences = [Sentence("It is.", [1], "quoted"), Sentence("It was", [2], "quoted")]
    answer = Answer("q", "It is. [1] It was [2]", None, 0.5, False, None, sentences, citations, PASSAGES, SECONDS)
    assert answer_text(answer) == (
        "It is. [1] It was [2]\n\n[1] d.md, characters 3-9\n[2] e.pdf, page 4, characters 0-6\n\nConfidence 0.50, 1.2 s"
    )


def test_the_short_answer_is_bold_where_asked_and_notes_follow_the_answer() -> None:
    sentence = Sentence("It was\nbuilt in \x1b1903.", [1], "quoted").marked(13, 20)
    assert sentence_text(sentence) == "It was built in \ufffd1903. [1]"
    assert sentence_text(sentence, bold=True) == "It was built \x1b[1min \ufffd190\x1b[22m3. [1]"
    answer = Answer("q", "-", "in", 0.5, False, None, [sentence], [], [], SECONDS, "differ", ["Cut."])
    assert answer_text(answer).startswith(f"It was built in \ufffd1903. [1]\n\n{SOURCES_DIFFER}\nCut.\n\n")


def test_a_refusal_is_followed_by_the_three_nearest_passages() -> None:
    text = answer_text(Answer("q", "No.", None, 0.1, True, "Too far.", [], [], PASSAGES, SECONDS))
    assert text.startswith("No.\n\nToo far. The nearest passages:\n\n1. d.md, characters 0-9\n   Text number 0.\n2. ")
    assert "3. d.md" in text
    assert "4. d.md" not in text
    assert passages_text([]) == ""


def test_items_stand_on_lines_of_their_own_without_confidence() -> None:
    cited = Citation(1, "d.md", "D", None, 0, 4, "Text")
    sentences = [Sentence("2 documents:", [1], "indexed"), Sentence("D (d.md)", [1], "indexed")]
    text = answer_text(Answer("q", "", None, 1.0, False, None, sentences, [cited], [], SECONDS, kind="documents"))
    assert text.startswith("2 documents: [1] (known from the index)\nD (d.md) [1] (known from the index)\n")
    assert "Confidence" not in text


def test_a_courtesy_is_the_reply_alone() -> None:
    assert answer_text(Answer("Hi", "Hello.", None, 0.0, False, None, [], [], [], kind="courtesy")) == "Hello."


def test_only_what_a_terminal_would_obey_is_replaced() -> None:
    assert printable("a\x1b[31m\x07\u202eb\udcff") == "a�[31m��b�"
    for text in ("café\u00a0! 日本語\u3000段落", "می\u200cخواهم", "👩\u200d🌾", "soft\u00adhyphen"):
        assert printable(text, keep_lines=True) == text
    assert printable("two\nlines", keep_lines=True) == "two\nlines"
    assert printable("two\nlines") == "two lines"


def test_a_place_names_page_and_copies() -> None:
    citation = Citation(1, "a.pdf", "A", 3, 20, 71, "quote", also=["b.pdf", "c/a.pdf"])
    assert place_text(citation) == "a.pdf (also b.pdf, c/a.pdf), page 3, characters 20-71"
    assert place_text(replace(citation, page=None, also=[])) == "a.pdf, characters 20-71"
    slide = replace(citation, document="talk.pptx", page=2, also=[], section="Next steps")
    assert place_text(slide) == "talk.pptx, slide 2, “Next steps”, characters 20-71"
