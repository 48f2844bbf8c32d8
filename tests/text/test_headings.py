from rag.text.headings import LOWEST, Heading, as_title, nested, titles_over

ABOVE = "# Pumps\n## Pump K7"
TEXT = "First.\n\n### Care\n\nSecond.\n\n## Pump K9\n\nThird."


def test_a_heading_ends_those_of_its_level_and_below() -> None:
    path = [Heading(1, "Pumps"), Heading(2, "Pump K7"), Heading(3, "Care")]
    assert nested(path, Heading(2, "Pump K9")) == [Heading(1, "Pumps"), Heading(2, "Pump K9")]
    assert nested(path, Heading(LOWEST, "Oil"))[:3] == path


def test_each_place_has_the_titles_over_it() -> None:
    places = [TEXT.index(word) for word in ("First", "Second", "Third")]
    assert list(titles_over(places, TEXT, ABOVE)) == ["Pumps Pump K7", "Pumps Pump K7 Care", "Pumps Pump K9"]
    assert list(titles_over(places, TEXT)) == ["", "Care", "Pump K9"]


def test_headings_are_one_title() -> None:
    assert as_title(ABOVE) == "Pumps – Pump K7"
    assert as_title("") == ""
