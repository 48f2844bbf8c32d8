import pytest

from rag.text.emphasis import without_marks


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The **fee** is `12`.", "The fee is 12."),
        ("## Fees", "Fees"),
        ("See [the page](https://example.org/a) now", "See the page now"),
        ("**See [it](a)**", "See it"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("snake__case__name", "snake__case__name"),
        ("__strong__ words", "strong words"),
        ("No marks, at all", "No marks, at all"),
        ("#hash stays, C# too", "#hash stays, C# too"),
        ("[1] and [a]", "[1] and [a]"),
    ],
)
def test_marks_are_left_out_and_nothing_else(text: str, plain: str) -> None:
    assert without_marks(text) == plain
