import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.formats.json_lines import read_json, read_json_lines
from rag.formats.text import one_line


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'{"a": {"b": [1, 2.50, "x"], "c": null}, "d": true}', "- a.b: 1, 2.50, x\n- d: true"),
        (b'{"a": [{"b": 1}, {"b": [[2], [3, 4]]}]}', "- a[0].b: 1\n- a[1].b[0]: 2\n- a[1].b[1]: 3, 4"),
        (b'{"a": 1, "a": 2, "": 3}', "- a: 1\n- a: 2\n- 3"),
        (b'{"a": "One.\\r\\nTwo.\\n\\n\\nThree.", "b": 1}', "- a: One.\nTwo.\n\nThree.\n\n- b: 1"),
        (b'{"a": ["x\\ny", "z"]}', "- a[0]: x\ny\n\n- a[1]: z"),
        (b'{"a\\nb": "\\ud800c\\u0000"}', "- a b: c"),
        (b'[{"n": 1}, {}, {"n": 2}, 3]', "## Record 1\n\n- n: 1\n\n## Record 3\n\n- n: 2\n\n## Record 4\n\n- 3"),
        (b'"text"', "- text"),
        (b"1" * 5000, "- " + "1" * 5000),
        ('\ufeff{"é": "NaN"}'.encode(), "- é: NaN"),
    ],
)
def test_a_value_is_a_line_with_its_path(raw: bytes, text: str) -> None:
    assert read_json(raw).text == text


def test_a_record_is_numbered_by_its_line() -> None:
    assert (
        read_json_lines(b'{"a": 1}\r\n\r\n{"a": "\xe2\x80\xa8x"}\n').text
        == "## Record 1\n\n- a: 1\n\n## Record 3\n\n- a: x"
    )


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "empty."),
        (b"{}", "empty."),
        (b'{"a":\n', "line 2: not JSON (Expecting value, column 1). Correct it."),
        (b'{"a": "x', "line 1: not JSON (Unterminated string starting at, column 7). Correct it."),
        (b'{"a": "NaN",\n"b": [NaN]}', "line 2: NaN, which is no JSON value. Write null."),
        (
            b'{"a": 1}\n{"a": 2}',
            "line 2: not JSON (Extra data, column 1). Put each record on a line of its own in a .jsonl file.",
        ),
        (b"[" * 100_000, "line 1: nested too deeply. Flatten it, or remove the file."),
        (b"\xff\x01", "not UTF-8 (byte 0)."),
    ],
)
def test_what_is_not_json_is_named(raw: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_json(raw)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"a":', "line 3: not JSON (Expecting value, column 6). Correct it."),
        (b'{"a": -Infinity}', "line 3: -Infinity, which is no JSON value. Write null."),
        (b"[" * 100_000, "line 3: nested too deeply. Flatten it, or remove the file."),
        (b"1 2", "line 3: not JSON (Extra data, column 3). Put each record on a line of its own in a .jsonl file."),
    ],
)
def test_the_line_that_is_not_json_is_named(line: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_json_lines(b"1\n\n" + line + b"\n")
    assert str(error.value) == message


VALUES = st.recursive(
    st.one_of(st.integers(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8,
)


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for member in value.values() for leaf in leaves(member)]
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, list) else [one_line(str(value))]


@given(VALUES)
def test_every_value_is_read(value: object) -> None:
    expected = leaves(value)
    if any(expected):
        text = one_line(read_json(json.dumps(value).encode()).text)
        assert all(leaf in text for leaf in expected)


def test_keys_of_objects_alike_head_what_they_hold() -> None:
    raw = (
        b'{"sites": {"Frankfurt": {"owner": "Kaya"}, "Dublin": {"owner": "Ann", "staff": 4}}, "home": {"owner": "Bo"}}'
    )
    parsed = read_json(raw)
    assert parsed.text.startswith("- sites.Frankfurt.owner: Kaya")
    assert [(section.level, section.title) for section in parsed.sections] == [
        (1, "sites"), (2, "Frankfurt"), (2, "Dublin"), (1, "home"),
    ]  # fmt: skip
    dublin = parsed.sections[2]
    assert parsed.text[dublin.start : dublin.end] == "- sites.Dublin.owner: Ann\n- sites.Dublin.staff: 4\n"
    assert read_json(b'{"owner": "Kaya", "site": {"name": "Lund"}}').sections == []
