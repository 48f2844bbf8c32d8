from llama_index.core.schema import Document

from rag.formats.csv_table import read_csv
from rag.ingest.chunker import SentenceChunker
from rag.models.default_embedding import default_counter
from rag.retrieval.passage_tables import place_tables, rows_in, tables_in

ROWS = [f"Part {number},Gasket No. {number},{number * 10}" for number in range(60)]
CSV = "\n".join(["Name,Description,Qty. on hand", *ROWS]).encode()


def test_passages_carry_their_rows_and_no_row_is_in_two() -> None:
    parsed = read_csv(CSV)
    document = Document(id_="parts.csv", text=parsed.text, metadata={"title": "parts"})
    nodes = list(SentenceChunker(default_counter(), 100).passages(document, parsed.tables))
    place_tables(nodes, parsed.tables)
    assert len(nodes) > 3
    seen = []
    for node in nodes:
        [(number, table)] = tables_in(node)
        assert (number, table.labels) == (0, ("Name", "Description", "Qty. on hand"))
        assert rows_in(node) == [(row.start, row.end) for row in table.rows]
        assert "\n".join(node.text[slice(*row)] for row in rows_in(node)) == node.text
        seen += [[node.text[slice(*cell)] for cell in row.cells if cell] for row in table.rows]
    assert seen == [row.split(",") for row in ROWS]


def test_a_row_longer_than_a_passage_is_cut_between_its_cells() -> None:
    words = ["alpha " * 30, "beta " * 30, "gamma " * 30]
    parsed = read_csv(("One,Two,Three\n" + ",".join(word.strip() for word in words)).encode())
    document = Document(id_="long.csv", text=parsed.text)
    nodes = list(SentenceChunker(default_counter(), 60).passages(document, parsed.tables))
    place_tables(nodes, parsed.tables)
    assert [node.text[:8] for node in nodes] == ["- One: a", "Two: bet", "Three: g"]
    held = [
        [node.text[slice(*cell)] if cell else None for cell in tables_in(node)[0].table.rows[0].cells] for node in nodes
    ]
    assert held == [[words[0].strip(), None, None], [None, words[1].strip(), None], [None, None, words[2].strip()]]
    assert "".join(node.text for node in nodes).replace(" ", "") == parsed.text.replace(" ", "")
