"""Which headings a passage holds, as they are stored with one."""

from rag.formats.markdown import heading_sections
from rag.metadata import HEADED


def headed(text: str) -> dict[str, list[tuple[int, int, str | None]]]:
    """The metadata of a passage of Markdown that say so."""
    return {HEADED: [(section.start, section.level, section.title) for section in heading_sections(text)]}
