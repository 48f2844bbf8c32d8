import subprocess
import sys

import pytest

from rag.errors import DocumentError
from rag.formats.readers import READERS


def test_reading_a_text_loads_no_library_of_another_format() -> None:
    code = (
        "import sys; from rag.formats.readers import READERS; READERS['.txt'](b'x'); "
        "print({'lxml', 'mammoth', 'pptx', 'defusedxml', 'numpy', 'pypdfium2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "{'numpy'}\n"


@pytest.mark.parametrize("suffix", sorted(READERS.keys() - {".pdf"}))
@pytest.mark.parametrize("raw", [b"", b" \n", b"\0" * 100, b"\xff\xd8\xff\xe0JFIF\0"])
def test_no_reader_takes_what_is_no_document(suffix: str, raw: bytes) -> None:
    with pytest.raises(DocumentError):
        READERS[suffix](raw)
