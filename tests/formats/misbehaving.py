"""Readers that do what a broken library would: the first word of a file says what, the second how often or long."""

import os
import signal
import sys
import time

from rag.errors import DocumentError
from rag.formats.parsed_document import ParsedDocument


def misbehave(raw: bytes) -> ParsedDocument:
    match raw.split(maxsplit=1):
        case [b"crash", *_]:
            os.kill(os.getpid(), signal.SIGSEGV)
        case [b"exit", *_]:
            sys.exit()
        case [b"loop", file]:
            # The test learns here that the reading has begun.
            with open(file, "w") as begun:
                begun.write(str(os.getpid()))
            while True:
                time.sleep(0.01)
        case [b"memory", *_]:
            bytearray(10**12)
        case [b"hoard", *_]:
            kept = []
            try:
                while True:
                    kept.append(bytes(1_000_000))
            except MemoryError:
                # As expat does.
                raise SystemError("error return without exception set") from None
        case [b"print", *_]:
            os.write(1, b"a library's chatter")
            sys.stdout.write("and Python's")
            sys.stdout.flush()
        case [b"refuse", *_]:
            raise DocumentError("damaged. Save it again.")
        case [b"bug", *_]:
            raise KeyError("rels")
    return ParsedDocument(text=raw.decode())


READERS = {".pdf": misbehave, ".txt": misbehave}
