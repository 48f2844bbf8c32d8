"""A formatted document as a real browser takes it."""

import pytest
from playwright.sync_api import Page

from ui.viewer.formatted import formatted_html

DOCUMENT = """\ufeff
# Lights of the *coast* #

Two **keepers** and a `lamp <b>`, see [the log](https://example.org/a_(b)) ![lamp](lamp.png).\r
  Indented & <script>window.harmed = 1</script> ${1+1} {{x}}.

| Name | Built |
|------|:-----:|
| Old <td> | 1887 \\| 1903 |
| **New** ||

- one
  goes on
    1. two

        deeper
> said
> > and said again

## Code

```python
# no heading

print("<p>", `x`)  \u2028 \x0c \x85
```

~~~
| open |


"""

READ = """html => {
  document.body.innerHTML = html;
  const marks = [...document.querySelectorAll("mark.cited")];
  return {
    text: document.body.textContent,
    cited: marks.map((mark) => mark.textContent).join(""),
    first: marks[0]?.id,
    tags: [...new Set([...document.body.querySelectorAll("*")].map((element) => element.localName))].sort(),
  };
}"""


@pytest.mark.parametrize("is_markdown", [True, False])
def test_a_browser_shows_the_text_and_marks_the_range(page: Page, is_markdown: bool) -> None:
    for start in range(0, len(DOCUMENT), 7):
        for length in (0, 1, 60, 400):
            end = min(len(DOCUMENT), start + length)
            read = page.evaluate(READ, formatted_html(DOCUMENT, (start, end), is_markdown))
            assert read["text"] == DOCUMENT
            assert read["cited"] == DOCUMENT[start:end]
            assert read["first"] == "cited"
            assert set(read["tags"]) <= set("b code div h3 h4 i mark p span".split())


def test_a_browser_keeps_what_is_nested_or_repeated_without_end(page: Page) -> None:
    for piece in ("*a _b **c __d ", "> ", "| ", "[", "- a\n  ", "**a** ", "`", "\n"):
        text = piece * 1_000
        read = page.evaluate(READ, formatted_html(text, (10, 900), is_markdown=True))
        assert (read["text"], read["cited"]) == (text, text[10:900])
