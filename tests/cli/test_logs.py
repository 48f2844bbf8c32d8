"""What is written down by a server: nobody writes lines of their own into it."""

import io
import logging

import pytest

from rag.cli.logs import PrintableFormatter


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(written: io.StringIO) -> logging.Logger:
    handler = logging.StreamHandler(written)
    handler.setFormatter(PrintableFormatter("%(levelname)s %(name)s: %(message)s"))
    log = logging.Logger("test")
    log.addHandler(handler)
    return log


FORGED = "Who?\r\nERROR rag.server: all accounts were deleted\x1b[2J\u202e\x85x"


def test_what_somebody_sent_begins_no_line_and_commands_no_terminal(log: logging.Logger, written: io.StringIO) -> None:
    log.error("%s failed", FORGED)
    said = written.getvalue()
    assert said.count("\n") == 1
    assert said.startswith("ERROR test: Who? ERROR rag.server: all accounts were deleted\ufffd[2J")
    assert not set("\r\x1b\u202e\x85") & set(said)


def test_nor_does_it_in_a_traceback(log: logging.Logger, written: io.StringIO) -> None:
    try:
        raise ValueError(FORGED)
    except ValueError as error:
        log.error("It failed", exc_info=error)
    first, *others = written.getvalue().splitlines()
    assert first == "ERROR test: It failed"
    assert others
    assert all(line.startswith("    ") for line in others)
    assert not set("\x1b\u202e") & set(written.getvalue())
