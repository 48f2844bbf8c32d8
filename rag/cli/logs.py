"""What a server writes down while it runs, a line an event, on standard error."""

import logging
import sys
from types import TracebackType

from rag.terminal import printable

_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PrintableFormatter(logging.Formatter):
    """Lines in which nothing that somebody sent begins another line, or is obeyed by a terminal.

    The lines of a traceback are indented.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line of an event."""
        record.message = printable(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: _Raised) -> str:
        """The lines of a traceback."""
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"    {printable(line, keep_lines=True)}" for line in lines)


def log_to_stderr() -> None:
    """Have warnings and errors written down."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PrintableFormatter(_LINE, "%Y-%m-%dT%H:%M:%S%z"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
