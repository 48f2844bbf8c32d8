import random
import re
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from rag.errors import DocumentError
from rag.formats.parsed_document import POINT, ParsedDocument, Section
from rag.formats.pdf.reader import read_pdf
from rag.text.sentences import sentence_spans
from tests.formats.make_pdf import make_pdf, picture, show

FILINGS = Path(__file__).parents[4] / "shared" / "data" / "kgrag_sec10q" / "docs"
GREY = picture(bytes([128]) * 16, 4, 4)
SHOW_PICTURE = b"q 400 0 0 400 100 200 cm /P1 Do Q"


def lines(*texts: str, x: float = 72, top: float = 700, step: float = 14) -> bytes:
    return show([(x, top - number * step, text) for number, text in enumerate(texts)])


def sections(parsed: ParsedDocument, kind: str) -> list[Section]:
    return [section for section in parsed.sections if section.kind == kind]


def box_of(parsed: ParsedDocument, words: str) -> list[float]:
    """Left, top, right, bottom of `words` in points."""
    at = parsed.text.index(words)
    page = next(page for page in sections(parsed, "page") if page.start <= at < page.end)
    assert page.number
    boxes = parsed.boxes[page.number][at - page.start : at - page.start + len(words)].astype(float)
    boxes = boxes[boxes.any(axis=1)] / POINT
    return [boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max()]


def test_every_page_has_its_range_and_boxes() -> None:
    parsed = read_pdf(make_pdf([lines("First page."), b"", lines("Third page.")]))
    assert parsed.text == "First page.\n\nThird page."
    assert [(page.number, parsed.text[page.start : page.end]) for page in sections(parsed, "page")] == [
        (1, "First page."),
        (2, ""),
        (3, "Third page."),
    ]
    assert {number: (boxes.shape, boxes.dtype.name) for number, boxes in parsed.boxes.items()} == {
        1: ((11, 4), "uint16"),
        3: ((11, 4), "uint16"),
    }


def test_a_sentence_may_run_over_the_end_of_a_page() -> None:
    first = lines("A sentence that begins on the first page and", "needs more room than is left on it goes")
    parsed = read_pdf(make_pdf([first, lines("on here. The next one does not.")]))
    assert [parsed.text[start:end].split()[-1] for start, end in sentence_spans(parsed.text)] == ["here.", "not."]
    assert parsed.text[sections(parsed, "page")[1].start :].startswith("on here.")


def test_a_page_number_is_not_read_into_the_next_page() -> None:
    parsed = read_pdf(make_pdf([lines("Text of the page.") + show([(300, 30, "7")]), lines("and more.")]))
    assert parsed.text == "Text of the page.\n\n7\n\nand more."


def test_paragraphs_are_apart_where_lines_are() -> None:
    body = ["This is the first line of a paragraph that", "goes on in a second line of about its length", "and ends."]
    page = lines(*body) + lines(*body, top=640) + show([(72, 740, "Heading")], size=18)
    assert read_pdf(make_pdf([page])).text == "\n\n".join(["\n".join(body), "\n".join(body)]) + "\n\nHeading"


def test_a_short_line_ends_its_paragraph() -> None:
    page = lines(
        "Terms", "The tenant pays the rent on the first day of each month,", "and the landlord gives a receipt for it."
    )
    assert read_pdf(make_pdf([page])).text.startswith(
        "Terms\n\nThe tenant pays the rent on the first day of each month,\n"
    )


@pytest.mark.parametrize(
    ("split", "word"),
    [
        (["An exam-", "ple of it."], "An example of it."),
        (["A well-known one is a well-", "known one."], "A well-known one is a well-known one."),
        (["Rule 13a-", "15 and Hewlett-", "Packard."], "Rule 13a-15 and Hewlett-Packard."),
        (["Long texts of a term; long-", "term."], "Long texts of a term; long-term."),
    ],
)
def test_a_word_split_between_lines_is_one_word(split: list[str], word: str) -> None:
    parsed = read_pdf(make_pdf([lines(*split)]))
    assert parsed.text == word
    assert len(parsed.boxes[1]) == len(word)


def test_a_row_of_a_table_is_a_sentence_with_its_label() -> None:
    columns = [(72.0, "Net income"), (250.0, "$"), (300.0, "1,019"), (350.0, "$"), (400.0, "6,823"), (460.0, "%")]
    header = [(290.0, 720.0, "June 25,"), (290.0, 708.0, "2022"), (390.0, 720.0, "June 26,"), (390.0, 708.0, "2021")]
    rows = [(x, 690.0, text) for x, text in columns]
    label = [(72.0, 676.0, "Debt securities and bonds of the"), (72.0, 664.0, "Treasury"), (300.0, 664.0, "4,176")]
    text = read_pdf(make_pdf([show([*header, *rows, *label])])).text
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "|  | June 25, 2022 | June 26, 2021 |",
        "| Net income | $ 1,019 | $ 6,823% |",
        "| Debt securities and bonds of the Treasury | 4,176 |  |",
    ]


def test_a_list_marker_stays_with_its_item() -> None:
    page = show([(72, 700, "\u2022"), (100, 700, "First item"), (72, 686, "2."), (110, 686, "Second item")])
    assert read_pdf(make_pdf([page])).text == "• First item\n\n2. Second item"


def test_characters_are_those_that_can_be_read() -> None:
    meanings = "\U0001f600\ufb01\u00ad\uf0b7\u00a0\u0007z"
    parsed = read_pdf(make_pdf([show([(72, 700, "ABCDEFG")], font="F2")], meanings=meanings))
    assert parsed.text == "\U0001f600fi• z"
    assert len(parsed.boxes[1]) == len(parsed.text)
    assert box_of(parsed, "z")[0] > box_of(parsed, "\U0001f600")[2] > 72


@pytest.mark.parametrize(
    ("rotation", "corner"),
    # The letter's left, baseline from the edges of the box that is shown, 50 to 550 and 60 to 760 points.
    [(0, (22, 60)), (90, (640, 22)), (180, (478, 640)), (270, (60, 478))],
)
def test_boxes_are_those_of_the_page_as_displayed(rotation: int, corner: tuple[float, float]) -> None:
    entries = f"/Rotate {rotation}/MediaBox[10 20 622 812]/CropBox[50 60 550 760]"
    left, top, right, bottom = box_of(read_pdf(make_pdf([show([(72, 700, "H")])], page_entries=entries)), "H")
    assert left - 4 <= corner[0] <= right + 4
    assert top - 4 <= corner[1] <= bottom + 4
    assert sorted([right - left, bottom - top]) == pytest.approx([8.65, 14], abs=0.6)


def test_boxes_lie_on_the_ink() -> None:
    raw = make_pdf([show([(72, 700, "Words"), (300, 400, "elsewhere")])], page_entries="/Rotate 90")
    with pypdfium2.PdfDocument(raw) as document:
        ink = document[0].render(scale=1, grayscale=True).to_numpy().squeeze() < 128
    for words in ("Words", "elsewhere"):
        left, top, right, bottom = box_of(read_pdf(raw), words)
        assert ink[round(top) : round(bottom), round(left) : round(right)].any()
        ink[round(top) - 1 : round(bottom) + 1, round(left) - 1 : round(right) + 1] = False
    assert not ink.any()


def test_inserted_characters_stand_nowhere() -> None:
    parsed = read_pdf(make_pdf([lines("One", "two three")]))
    assert parsed.text == "One\ntwo three"
    assert np.flatnonzero(~parsed.boxes[1].any(axis=1)).tolist() == [3]


def test_headings_are_the_outline() -> None:
    pages = [
        lines("1 Introduction", "Text of the first part.", "1.1 Method", "Text of the method."),
        lines("Of the second part."),
    ]
    outline = [("Introduction", 0, 700), ("Method", 0, 672), ("Second part", 1, 792), ("Nowhere", 1, 792)]
    parsed = read_pdf(make_pdf(pages, outline=outline))
    headings = [
        (heading.title, parsed.text[heading.start : heading.end].strip()) for heading in sections(parsed, "heading")
    ]
    assert [title for title, _ in headings] == ["Introduction", "Method", "Second part"]
    assert headings[0][1].startswith("1 Introduction")
    assert headings[1][1].startswith("1.1 Method")
    assert headings[2][1] == "Of the second part."


def test_without_an_outline_headings_are_lines_that_are_larger_or_bold() -> None:
    page = b"\n".join(
        [
            show([(72, 740, "Harbour handbook")], 20),
            show([(72, 700, "For all who work on the boats and in the sheds of the harbour.")]),
            show([(72, 660, "Deck crew")], 15),
            show([(72, 640, "The leave is four weeks. It is taken")]),
            show([(72, 626, "when the boats are laid up.")]),
            show([(72, 600, "Who grants it?")], font="F3"),
            show([(72, 580, "The mate grants it on a day of rest, in writing, and tells the office.")]),
            show([(72, 555, "Nobody leaves without it.")], font="F3"),
            show([(72, 530, "Engineers")], 15),
            show([(72, 510, "The leave is five weeks. It is granted by the chief engineer alone.")]),
        ]
    )
    found = sections(parsed := read_pdf(make_pdf([page, lines("They keep a list.")])), "heading")
    assert [(heading.level, heading.title) for heading in found] == [
        (1, "Harbour handbook"),
        (2, "Deck crew"),
        (3, "Who grants it?"),
        (2, "Engineers"),
    ]
    assert parsed.text[found[1].start : found[1].end].startswith("Deck crew\n\nThe leave is four weeks.")
    assert parsed.text[found[3].start : found[3].end].endswith("They keep a list.")


def test_columns_with_headings_and_short_paragraphs_are_no_table() -> None:
    left = ["Nordwind Catering", "Lunch is supplied to the offices on", "five days a week. The contact person",
            "is Joris Blom.", "Term", "The contract runs until 2027. It may",
            "be ended with four months' notice.", "Penalties", "A late delivery costs 150 euros."]  # fmt: skip
    right = ["Lumen Cleaning", "The offices are cleaned each evening.", "Windows are washed every second",
             "month. The contact is Fatima Idrissi.", "Term", "The contract runs until 2026. It is",
             "extended by a year unless ended.", "Insurance", "Damage is insured up to a sum."]  # fmt: skip
    page = b"\n".join(
        show([(x, 700 - 16 * n, text)], font="F3" if len(text) < 18 else "F1")
        for x, column in ((72, left), (320, right))
        for n, text in enumerate(column)
    )
    parsed = read_pdf(make_pdf([page]))
    assert "|" not in parsed.text
    assert parsed.text.index("A late delivery") < parsed.text.index("Lumen Cleaning")
    assert {"Nordwind Catering", "Lumen Cleaning"} <= {heading.title for heading in sections(parsed, "heading")}


def test_what_is_bold_throughout_has_no_headings() -> None:
    page = show([(72, 700 - 40 * n, f"Notice {n}") for n in range(8)], font="F3")
    assert sections(read_pdf(make_pdf([page])), "heading") == []


@pytest.mark.parametrize(
    ("info", "title", "date"),
    [
        ({"Title": " Annual\nReport ", "CreationDate": "D:20220729060321-04'00'"}, "Annual Report", "2022-07-29"),
        ({"Title": "Microsoft Word - Draft", "ModDate": "D:20230124"}, None, "2023-01-24"),
        ({"Title": "untitled", "CreationDate": "D:19040101000000", "ModDate": "2024-02-29T10:00"}, None, "2024-02-29"),
        ({"Title": "report_v2.docx", "CreationDate": "D:20231399"}, None, None),
        ({"Title": "0000320193-22-000070", "CreationDate": "yesterday"}, None, None),
        ({}, None, None),
    ],
)
def test_title_and_date_are_the_files_own(info: dict[str, str], title: str | None, date: str | None) -> None:
    parsed = read_pdf(make_pdf([lines("Text.")], info=info))
    assert (parsed.title, parsed.date) == (title, date)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"<html></html>", "not a PDF"),
        (b"%PDF-1.7\n", "damaged PDF"),
        (make_pdf([lines("Text.")])[:60], "damaged PDF"),
        (make_pdf([lines("Text.")], encrypted=True), "encrypted. Save it without a password."),
        (make_pdf([b"", b""]), "empty"),
        (make_pdf([]), "damaged PDF"),
    ],
)
def test_a_bad_file_is_named_with_what_to_do(raw: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read_pdf(raw)


def test_a_file_damaged_anywhere_is_read_or_named() -> None:
    raw = make_pdf([lines("Some text.", "More text."), lines("Second page.")], outline=[("Part", 1, 700)])
    chance = random.Random(7)
    outcomes = set()
    for _ in range(150):
        damaged = bytearray(raw[: chance.randrange(20, len(raw))] if chance.random() < 0.5 else raw)
        for _ in range(chance.randrange(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            parsed = read_pdf(bytes(damaged))
        except DocumentError:
            outcomes.add("named")
        else:
            assert not re.search("[\0\r\ud800-\udfff]", parsed.text)
            assert all(
                len(parsed.boxes.get(page.number or 0, ())) == page.end - page.start
                for page in sections(parsed, "page")
            )
            outcomes.add("read")
    assert outcomes == {"named", "read"}


def test_the_pages_of_a_scan_that_have_text_are_read() -> None:
    raw = make_pdf([SHOW_PICTURE, lines("Page with text.")], images={"P1": GREY})
    assert read_pdf(raw).text == "Page with text."


@pytest.mark.skipif(not FILINGS.is_dir(), reason="shared/data is not there")
def test_words_of_filings_stand_where_their_boxes_say() -> None:
    chance = random.Random(1)
    for name, pages in [("2023 Q1 MSFT.pdf", 72), ("2023 Q2 MSFT.pdf", 74)]:
        raw = (FILINGS / name).read_bytes()
        parsed = read_pdf(raw)
        assert [page.number for page in sections(parsed, "page")] == list(range(1, pages + 1))
        with pypdfium2.PdfDocument(raw) as document:
            for page in chance.sample([page for page in sections(parsed, "page") if page.end > page.start], 20):
                assert page.number
                word = chance.choice(list(re.finditer(r"[\w,.$]+", parsed.text[page.start : page.end])))
                boxes = parsed.boxes[page.number][word.start() : word.end()].astype(float) / POINT
                height = document[page.number - 1].get_height()
                found = (
                    document[page.number - 1]
                    .get_textpage()
                    .get_text_bounded(
                        boxes[:, 0].min(), height - boxes[:, 3].max(), boxes[:, 2].max(), height - boxes[:, 1].min()
                    )
                )
                assert word.group() in found
