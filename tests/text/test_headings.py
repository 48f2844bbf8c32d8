from rag.text.headings import LOWEST, Heading, as_path, as_title, nested, path_of

ABOVE = "# Pumps\n## Pump K7"


def test_a_heading_ends_those_of_its_level_and_below() -> None:
    path = [Heading(1, "Pumps"), Heading(2, "Pump K7"), Heading(3, "Care")]
    assert nested(path, Heading(2, "Pump K9")) == [Heading(1, "Pumps"), Heading(2, "Pump K9")]
    assert nested(path, Heading(LOWEST, "Oil"))[:3] == path


def test_headings_are_one_title() -> None:
    assert as_title(ABOVE) == "Pumps – Pump K7"
    assert as_title("") == ""
    assert path_of(ABOVE) == [Heading(1, "Pumps"), Heading(2, "Pump K7")]


def test_a_path_leaves_out_what_the_document_is_called() -> None:
    assert as_path(["Handbook", "Deck crew", "Leave"], "Handbook") == "Deck crew › Leave"
    assert as_path(["Handbook"], "Handbook") == "Handbook"
    assert as_path([], "Handbook") == ""
