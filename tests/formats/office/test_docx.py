import pytest

from rag.errors import DocumentError
from rag.formats.office.docx import read_docx
from tests.formats.archives import core, docx, paragraph


def item(text: str, level: int) -> str:
    return paragraph(text, properties=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')


def run(text: str) -> str:
    return f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def cell(*texts: str) -> str:
    return f"<w:tc>{''.join(map(paragraph, texts))}</w:tc>"


BODY = "".join(
    [
        paragraph("The Rhine", "Title"),
        paragraph("Course 3", "Toc1"),
        paragraph("Course", "Heading1"),
        f"<w:p>{run('It is ')}{run('1_233 km')}<w:r><w:footnoteReference w:id='1'/></w:r>{run(' long.')}</w:p>",
        item("one", 0) + item("deeper", 1) + item("two", 0),
        f"<w:tbl><w:tr>{cell('River')}{cell('km')}</w:tr><w:tr>{cell('Rhine')}{cell('1233', 'about')}</w:tr></w:tbl>",
        paragraph("Towns", "Heading2"),
        "<w:p><w:del><w:r><w:delText>Bonn</w:delText></w:r></w:del><w:ins><w:r><w:t>Basel.</w:t></w:r></w:ins></w:p>",
    ]
)


def test_a_document_becomes_text_like_markdown() -> None:
    parsed = read_docx(docx(BODY, {"docProps/core.xml": core(" A  river ", "2020-02-03T04:05:06Z")}))
    assert parsed.text == (
        "# The Rhine\n\n# Course\n\nIt is 1_233 km[1] long.\n\n- one\n  1. deeper\n- two\n\n"
        "| River | km |\n| Rhine | 1233 about |\n\n## Towns\n\nBasel.\n\n1. Measured in 2010."
    )
    assert (parsed.title, parsed.date) == ("A river", "2020-02-03")
    assert [section.title for section in parsed.sections] == ["The Rhine", "Course", "Towns"]
    for section in parsed.sections:
        assert parsed.text[section.start : section.end].lstrip("# ").startswith(section.title or "-")


def test_the_first_heading_is_the_title_of_what_has_none() -> None:
    assert read_docx(docx(BODY)).title == "The Rhine"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "empty."),
        ("<w:p>", "a damaged Word document (mismatched tag"),
        (paragraph("&e;"), "a damaged Word document (undefined entity"),
        ("<w:sdt><w:sdtContent>" * 3000 + "</w:sdtContent></w:sdt>" * 3000, "nested too deeply for a Word document."),
    ],
)
def test_what_cannot_be_read_is_named(body: str, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        read_docx(docx(body))
    assert str(error.value).startswith(message)
