import numpy as np
import pytest

from rag.formats.pdf.page_edges import Page, without_repeated
from rag.formats.pdf.reader import read_pdf
from tests.formats.make_pdf import make_pdf, show


def page(*lines: str) -> Page:
    """A page whose boxes tell which character of it each is."""
    text = "\n\n".join(lines)
    return text, np.repeat(np.arange(len(text), dtype=np.uint16)[:, None], 4, axis=1)


@pytest.mark.parametrize("foot", ["{}", "Page {} of 9", "- {} -", "{} | Tarnholt Port", "Tarnholt | Report 2023 | {}"])
def test_a_page_s_number_is_left_out_but_once(foot: str) -> None:
    pages = [page(f"Berth {name} is free.", foot.format(number)) for number, name in enumerate("abcd", start=7)]
    kept, dropped = without_repeated(pages)
    assert [text for text, _ in kept] == [
        f"Berth a is free.\n\n{foot.format(7)}",
        *[f"Berth {x} is free." for x in "bcd"],
    ]
    assert dropped == 3


def test_running_heads_of_left_and_right_pages_are_left_out_and_boxes_stay_with_their_characters() -> None:
    pages = [
        page(["Tarnholt Port", "Annual report"][number % 2], "2023", f"Berth {number} is free.", str(number))
        for number in range(8)
    ]
    kept, dropped = without_repeated(pages)
    assert [text.split("\n\n") for text, _ in kept[:3]] == [
        ["Tarnholt Port", "2023", "Berth 0 is free.", "0"],
        ["Annual report", "2023", "Berth 1 is free."],
        ["2023", "Berth 2 is free."],
    ]
    assert dropped == 6 + 5 + 7
    for (text, boxes), (whole, _) in zip(kept, pages, strict=True):
        assert "".join(whole[place] for place in boxes[:, 0]) == text


@pytest.mark.parametrize(
    "pages",
    [
        # One a page, and the same for it.
        [
            page(f"Lesson {number}", f"The {word} is read.")
            for number, word in enumerate(("ode", "epic", "tale"), start=1)
        ],
        [page(f"The {word} is read.", f"Total {total}") for word, total in (("ode", 3), ("epic", 9), ("tale", 4))],
        # A table goes on.
        [page("| Name | Age |", f"| Bob | {age} |") for age in (30, 31, 32)],
        # Nothing else stands there.
        [page("Thank you.")] * 4,
        [page("Tarnholt Port", f"Berth {name} is free.") for name in "ab"],
    ],
)
def test_what_says_something_of_its_page_stays(pages: list[Page]) -> None:
    kept, dropped = without_repeated(pages)
    assert dropped == 0
    assert [text for text, _ in kept] == [text for text, _ in pages]


def test_a_pdf_says_how_many_lines_are_left_out_and_its_sentences_go_on() -> None:
    sentence = [
        "The harbour of Tarnholt was dredged in 1911 and",
        "again, by the same two brothers, in the summer of 1934.",
    ]
    parsed = read_pdf(
        make_pdf(
            [
                show([(72, 760, "Tarnholt Port"), (72, 700, sentence[0]), (300, 40, "Page 1")]),
                show([(72, 760, "Tarnholt Port"), (72, 700, sentence[1]), (300, 40, "Page 2")]),
                show([(72, 760, "Tarnholt Port"), (72, 700, "Its lighthouse is 38 metres high."), (300, 40, "Page 3")]),
            ]
        )
    )
    assert parsed.notes == ["4 lines that pages repeat at their edges left out."]
    assert [parsed.text.count(line) for line in ("Tarnholt Port", "Page ", "lighthouse")] == [1, 1, 1]
