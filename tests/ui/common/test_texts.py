"""Every text of the window is there, and none is there that nothing shows."""

import re
import tomllib
from pathlib import Path

import ui
from ui.common.texts import LANGUAGE, text

FOLDER = Path(ui.__file__).parent
KNOWN = {
    f"{section}.{name}"
    for section, texts in tomllib.loads((FOLDER / "common" / "texts" / f"{LANGUAGE}.toml").read_text("utf-8")).items()
    for name in texts
}
FILES = [*FOLDER.rglob("*.py"), *FOLDER.rglob("*.j2")]
SOURCES = "\n".join(file.read_text("utf-8") for file in sorted(FILES))


def test_every_text_that_is_named_is_there() -> None:
    named = set(re.findall(r"""["']((?:app|chat|viewer|documents|evaluation)\.[a-z_]+)["']""", SOURCES))
    named -= {"evaluation.css", *(start for start in named if start.endswith("_"))}
    assert named
    assert named <= KNOWN


def test_no_text_is_there_for_nothing() -> None:
    made = re.findall(r"""["']((?:app|chat|viewer|documents|evaluation)\.[a-z_]*_)(?:\{|["'])""", SOURCES)
    unused = {
        key
        for key in KNOWN
        if not re.search(rf"[\"']{re.escape(key)}[\"']", SOURCES) and not any(key.startswith(start) for start in made)
    }
    assert unused == set()


def test_values_are_filled_in_as_they_are() -> None:
    assert text("viewer.range", document="{x}", start=1, end=2) == "{x}, characters 1 to 2"
