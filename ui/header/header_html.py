"""HTML of the head of the page: its name, and the window's settings."""

from markupsafe import Markup

from rag.config import Config
from ui.common.templates import rendered
from ui.common.texts import LANGUAGES


def header_html(config: Config) -> Markup:
    """The head of a window with these settings."""
    return rendered(
        "header/header.html.j2",
        model=config.llm,
        folder=config.data_dir.absolute(),
        languages=LANGUAGES,
    )
