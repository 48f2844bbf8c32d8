"""Nothing that a value says becomes markup, in any template of the window: who writes one has nothing to remember."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jinja2 import Environment, UndefinedError, meta
from markupsafe import Markup

import ui
from ui.common.templates import joined, rendered

FOLDER = Path(ui.__file__).parent
SOURCES = {file.relative_to(FOLDER).as_posix(): file.read_text("utf-8") for file in sorted(FOLDER.rglob("*.j2"))}
NAMES = {name for source in SOURCES.values() for name in meta.find_undeclared_variables(Environment().parse(source))}

PAYLOADS = [
    *(Path(__file__).parents[2] / "xss_payloads.txt").read_text("utf-8").splitlines(),
    *('" onclick="alert(1)', "' onclick='alert(1)", "x onclick=alert(1) ", "--><script>alert(1)</script>"),
    *("${alert(1)}", "{{alert(1)}}", "`${alert(1)}`", "&lt;script&gt;", "\r<b>"),
]


class Anything:
    """A value that has whatever a template asks of it, hostile itself; what of it holds is left to chance."""

    def __init__(self, said: str, chance: Random) -> None:
        self._said = said
        self._chance = chance

    def __str__(self) -> str:
        return self._said

    def __format__(self, specification: str) -> str:
        return self._said

    def __bool__(self) -> bool:
        return self._chance.random() < 0.6

    def __getattr__(self, name: str) -> "Anything":
        # Of HTML it is none.
        if name.startswith("__"):
            raise AttributeError(name)
        return self._other()

    def __iter__(self) -> Iterator["Anything"]:
        yield from (self._other(), self._other())

    def __getitem__(self, key: object) -> "Anything":
        return self._other()

    def __call__(self, *values: object, **named: object) -> "Anything":
        return self._other()

    def _other(self) -> "Anything":
        return self._chance.choice((Anything, Words))(self._said, self._chance)

    def _compared(self, other: object) -> bool:
        return bool(self)

    def _reckoned(self, *other: object) -> "Anything":
        return self

    def __len__(self) -> int:
        return 2

    def __float__(self) -> float:
        return 1.5

    __lt__ = __le__ = __gt__ = __ge__ = _compared
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __neg__ = __round__ = _reckoned


class Words(Anything, str):
    """The same where a template tells strings from other values."""

    def __new__(cls, said: str, chance: Random) -> "Words":
        return super().__new__(cls, said)


class Page(HTMLParser):
    """The elements of a page, comments among them, and the names of its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_comment(self, data: str) -> None:
        self.elements.add("comment")


WRITTEN = Page(re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", "".join(SOURCES.values()), flags=re.DOTALL))


def assert_inert(html: str) -> None:
    """Fail unless elements and attributes are those that templates write, and no mark of Gradio's is left."""
    page = Page(html)
    assert page.elements <= WRITTEN.elements
    assert {name for name in page.attributes if not re.fullmatch("data-[a-z]+", name)} <= WRITTEN.attributes
    assert not set("${}`\r") & set(html)


@pytest.mark.parametrize("template", SOURCES)
def test_whatever_values_say_a_template_shows_them_as_text(template: str) -> None:
    for number, payload in enumerate(PAYLOADS):
        chance = Random(number)
        values = {name: Anything(payload, chance)._other() for name in NAMES}
        assert_inert(rendered(template, **values))


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", '" onclick="alert(1)', "${alert(1)}", "<!-- x -->"])
def test_what_is_not_escaped_would_be_found(payload: str) -> None:
    with pytest.raises(AssertionError):
        assert_inert(f'<p class="{payload}">{payload}</p>')
    assert_inert(joined([Markup('<p class="'), payload, Markup('">'), payload, Markup("</p>")]))


def test_no_template_goes_without_escaping() -> None:
    assert len(SOURCES) > 10
    for source in SOURCES.values():
        assert not re.search(r"\|\s*safe\b|\bautoescape\b|\burlize\b", source)


def test_a_value_that_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="message"):
        rendered("common/notice.html.j2", role="")


def test_line_breaks_of_a_template_are_no_text() -> None:
    assert joined(["a\n <b>"]) == "a\n &lt;b&gt;"
    shown = rendered("common/alert.html.j2", message="a\n b", items=["c", "d"])
    assert shown == '<div class="alert" role="alert"><p>a\n b</p><ul><li>c</li><li>d</li></ul></div>'


def test_python_writes_html_only_as_markup_that_it_spells_out() -> None:
    """Ruff's S704 keeps anything but a literal from being called Markup, but in the one place that says so."""
    sources = {file.relative_to(FOLDER).as_posix(): file.read_text("utf-8") for file in sorted(FOLDER.rglob("*.py"))}
    assert [name for name, source in sources.items() if "S704" in source] == ["common/templates.py"]
    written = {
        (name, said)
        for name, source in sources.items()
        for said in strings_but_markup(ast.parse(source))
        if re.search("</?[a-z]", said)
    }
    assert written == {("app.py", said) for said in ("<style>", "</style><script>", "</script>")}


def strings_but_markup(tree: ast.AST) -> list[str]:
    """The strings of a module but docstrings and those that are called Markup."""
    left_out: set[Any] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Markup":
            left_out |= set(node.args)
        if isinstance(node, ast.Expr):
            left_out.add(node.value)
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [node.value for node in strings if node not in left_out]
