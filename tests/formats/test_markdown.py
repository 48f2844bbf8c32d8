import pytest

from rag.formats.markdown import heading_sections, read_markdown

TEXT = """\
Before.

# The *long* [river](https://example.org) #

One.

```sh
# a comment
```

   ## Second
Two.
#hashtag
"""


def test_headings_stand_over_what_follows_them() -> None:
    parsed = read_markdown(TEXT.encode())
    assert parsed.text == TEXT
    assert [(section.title, parsed.text[section.start : section.end]) for section in parsed.sections] == [
        ("The *long* river", TEXT[TEXT.index("# The") : TEXT.index("   ## Second")]),
        ("Second", TEXT[TEXT.index("   ## Second") :]),
    ]
    assert parsed.title == "The *long* river"


def test_the_title_is_a_heading_of_the_top_level() -> None:
    assert read_markdown(b"## Second\n\n# First\n").title == "First"
    assert read_markdown(b"## Second\n").title is None


def test_code_ends_with_the_fence_that_began_it() -> None:
    text = "~~~\n```\n# code\n~~~\n# Heading\n````\n```\n# code\n````\n"
    assert [section.title for section in heading_sections(text)] == ["Heading"]
    assert heading_sections("```\n# code\n") == []
    assert len(heading_sections("```code``` in a line\n# Heading\n")) == 1


def test_number_signs_that_close_a_heading_are_not_its_title() -> None:
    assert [section.title for section in heading_sections("# C#\n## D ##\n# ##\n### [a](b) `c`\n")] == [
        "C#",
        "D",
        "a c",
    ]


def test_a_hostile_line_takes_no_time() -> None:
    assert len(heading_sections(f"# {' ' * 300_000}x\n# {'[' * 300_000}\n# {'[a](' * 100_000}\n")) == 3


@pytest.mark.parametrize(
    ("text", "read", "count"),
    [
        ("It costs ~~450~~ 400 pounds.", "It costs 400 pounds.", 1),
        ("~~450~~ 400 pounds, not ~~300~~.", "400 pounds, not.", 2),
        ("45~~0~~1", "45 1", 1),
        ("- ~~milk~~\n- [x] ~~eggs~~\n- bread", "- bread", 2),
        ("One ~~two\nthree~~ four.", "One four.", 1),
        ("| a | b |\n|---|---|\n| ~~1~~ | 2 |", "| a | b |\n|---|---|\n| | 2 |", 1),
        ("# Fee ~~old~~\n\n~~gone~~\n\nThere.", "# Fee\n\n\nThere.", 2),
    ],
)
def test_what_is_struck_out_is_left_out_and_counted(text: str, read: str, count: int) -> None:
    parsed = read_markdown(text.encode())
    assert parsed.text == read
    assert parsed.notes == [f"{count} struck-out passage{'s' if count > 1 else ''} left out."]


@pytest.mark.parametrize(
    "text",
    [
        "`~~a~~` and ``~~b` ~~``",
        "```\n~~a~~\n```",
        "~~~\n~~a~~\n~~~\nb",
        "~~a\n\nb~~",
        "- ~~a\n- b~~",
        "| ~~a | b~~ |",
        "~~ a ~~, 5 ~~ 6",
        r"\~~a~~",
        "~a~, ~~~~a~~~~",
        "~~a",
    ],
)
def test_other_tildes_strike_nothing_out(text: str) -> None:
    parsed = read_markdown(text.encode())
    assert (parsed.text, parsed.notes) == (text, [])


def test_lines_that_stand_alone_head_what_follows() -> None:
    text = (
        "Harbour handbook\n\n**Deck crew:**\nThe leave is four weeks a year.\n\nEngineers\n\n"
        "The leave is five weeks.\n\n**Total: 5**\n\n"
        "```\nname\n\nport\n\nA port has a name.\n```\n\n## Cooks\n\nNone.\n"
    )
    found = read_markdown(text.encode()).sections
    assert [(section.level, section.title) for section in found] == [
        (7, "Harbour handbook"),
        (7, "Deck crew"),
        (7, "Engineers"),
        (2, "Cooks"),
    ]
    assert [section.end for section in found[:-1]] == [section.start for section in found[1:]]


def test_lines_over_paragraphs_are_headings_where_there_are_several() -> None:
    crew = "Deck crew\nThe leave is four weeks a year. It is\ntaken when the boats are laid up.\n\n"
    engineers = "Engineers\nThe leave is five weeks a year.\n\n"
    letter = "Dear Anna\nThank you for the boat. It is as good as new.\n\nAnna Berg\nHarbour Street 5\n12345 Lund\n"
    wrapped = "The leave is four weeks a year, and\nIt is taken in winter.\n\n"
    assert [section.title for section in heading_sections(crew + engineers + letter)] == [
        "Deck crew",
        "Engineers",
        "Dear Anna",
    ]
    assert heading_sections(letter) == heading_sections(crew) == heading_sections(wrapped * 3) == []


def test_headings_that_come_again_or_have_more_numbers_stand_under_the_others() -> None:
    again = "Deck crew\n\nLeave\n\nIt is four weeks a year.\n\nEngineers\n\nLeave\n\nIt is five weeks a year.\n"
    assert [(s.level, s.title) for s in heading_sections(again)] == [
        (7, "Deck crew"), (8, "Leave"), (7, "Engineers"), (8, "Leave"),
    ]  # fmt: skip
    numbered = "1. Deck crew\n\n1.1 Leave\n\nIt is four weeks a year.\n\n2. Engineers\n\n2.1 Leave\n\nNone.\n"
    assert [(s.level, s.title) for s in heading_sections(numbered)] == [
        (7, "1. Deck crew"), (8, "1.1 Leave"), (7, "2. Engineers"), (8, "2.1 Leave"),
    ]  # fmt: skip
    assert heading_sections("1. Salt\n\n2. Flour\n\n3. Water\n") == []
    plots = "Plot 3:\nThe tenant is Mr Quint.\n\nPlot 4:\n\nThe tenant is Ms Abay.\n"
    assert [s.title for s in heading_sections(plots)] == ["Plot 3", "Plot 4"]


def test_a_signature_above_a_marked_heading_heads_nothing() -> None:
    mail = "# Interview\n\nDear Mr Endo,\n\nwe would like to meet you.\n\nSabine Roth\n\n## Earlier\n\nThank you.\n"
    assert [section.title for section in heading_sections(mail)] == ["Interview", "Earlier"]
