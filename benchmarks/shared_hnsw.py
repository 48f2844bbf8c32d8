"""What HNSW in pgvector finds and takes, by how it is built and how much it keeps in view: figures of docs/postgres.md.

`python -m benchmarks.shared_hnsw ../shared/data postgresql://… --out scale` puts the vectors of made passages
(benchmarks/made.py) into a table of its own, builds each of BUILT over it, and asks the made questions. Prints a table
in Markdown. About ten minutes on 2 cores.
"""

import argparse
from itertools import chain, islice
from pathlib import Path

import numpy as np
import psycopg
from pgvector import Vector
from pgvector.psycopg import register_vector

from benchmarks.made import load_made
from benchmarks.measuring import Watch, seconds_of
from benchmarks.quality import table

BUILT = ((16, 64), (24, 128), (32, 200))
"""Links of a passage, and passages that they are chosen among."""

IN_VIEW = (200, 400, 600, 1000)


def main() -> None:
    """Measure all of BUILT and IN_VIEW."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the public sets")
    parser.add_argument("url", help="address of a database")
    parser.add_argument("--out", type=Path, required=True, help="folder for sentences")
    parser.add_argument("--size", type=int, default=100_000, help="passages")
    arguments = parser.parse_args()
    corpus = load_made(arguments.data, arguments.out / "made")
    passages = chain.from_iterable(corpus.documents(arguments.size))
    vectors = np.stack([passage.vector for passage in islice(passages, arguments.size)])
    questions = corpus.questions()
    exact = [set(np.argpartition(-(vectors @ question.vector), 10)[:10].tolist()) for question in questions]
    planted = np.array([question.passage_id is not None for question in questions])
    rows = []
    with psycopg.connect(arguments.url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        register_vector(connection)
        connection.execute(f"CREATE TEMPORARY TABLE made (row bigint, embedding vector({vectors.shape[1]}))")
        with connection.cursor() as cursor, cursor.copy("COPY made FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(("int8", "vector"))
            for row, vector in enumerate(vectors):
                copy.write_row((row, vector))
        connection.execute("SET maintenance_work_mem = '1GB'")
        for links, among in BUILT:
            settings = f"WITH (m = {links}, ef_construction = {among})"
            making = f"CREATE INDEX hnsw ON made USING hnsw (embedding vector_ip_ops) {settings}"
            seconds = seconds_of(lambda making=making: connection.execute(making))
            for view in IN_VIEW:
                connection.execute(f"SET hnsw.ef_search = {view}")
                watch, shares = Watch(), []
                for question, ten in zip(questions, exact, strict=True):
                    asked = "SELECT row FROM made ORDER BY embedding <#> %s LIMIT 50"
                    found = watch.call(connection.execute, asked, (Vector(question.vector),)).fetchall()
                    shares.append(len(ten & {row for (row,) in found[:10]}) / 10)
                recall = np.array(shares)
                figures = [f"{recall[~planted].mean():.3f}", f"{recall[planted].mean():.3f}"]
                p95 = f"{watch.figures()['p95_ms']:.1f}"
                rows.append([str(links), str(among), f"{seconds:.0f}", str(view), *figures, p95])
            connection.execute("DROP INDEX hnsw")
    print(table(["m", "among", "s to build", "in view", "recall@10, real", "invented", "p95 ms"], rows))


if __name__ == "__main__":
    main()
