from ui.documents.documents_html import DocumentRow, table_html


def test_what_of_a_document_was_not_read_and_its_encoding_stand_beside_its_name_and_type() -> None:
    row = DocumentRow("fees.txt", "Fees", "txt", 0, 1, 900, "indexed", "Windows-1252", ["2 <charts> not read."])
    html = table_html([row, DocumentRow("a.pdf", "a", "pdf", 1, 1, 900, "indexed")], "")
    assert '<span class="place">2 &lt;charts&gt; not read.</span>' in html
    assert '<td>txt<span class="place">Windows-1252</span></td>' in html
    assert "<td>pdf</td>" in html
