"""Questions in the language of the documents and in English: what each embedding finds of other languages than English.

`python -m benchmarks.languages --out languages default multilingual` indexes the 80 paragraphs of
benchmarks/languages.jsonl, ten a language and each a document of its own, all in one index; asks for each of them in
its language and in English; and prints how often it is among the first five passages, by language, of both rankings.
"""

import argparse
import json
from pathlib import Path

from benchmarks.precision import Search
from benchmarks.quality import shown, table
from rag.build import build_index
from rag.config import Config
from rag.models.embedding import load_embedding
from rag.store.folder_catalog import FolderIndex
from rag.text.languages import name_of

PARAGRAPHS = Path(__file__).with_suffix(".jsonl")
FOUND = 5
ASKED = ("question", "english")


def measure(out: Path, name: str) -> dict[tuple[str, str], float]:
    """Recall@5 with one embedding, by language and by what of a paragraph is asked."""
    lines = [json.loads(line) for line in PARAGRAPHS.read_text(encoding="utf-8").splitlines()]
    folder = out / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    for number, line in enumerate(lines):
        (folder / f"{line['language']}-{number:02}.txt").write_text(line["text"], encoding="utf-8")
    config = Config(index_dir=out / "indexes", cache_dir=out / "cache", embedding=name)
    embedding = load_embedding(name, config.cache_dir, print)
    build_index(folder, config, name, rebuild=True, embedding=embedding)
    search = Search(FolderIndex(config.index_folder(name)).open(), embedding, config.rankings)
    hits: dict[tuple[str, str], list[bool]] = {}
    for number, line in enumerate(lines):
        wanted = f"{line['language']}-{number:02}.txt"
        for asked in ASKED:
            found = [passage.document for passage in search.search(line[asked], [])[:FOUND]]
            hits.setdefault((line["language"], asked), []).append(wanted in found)
    return {key: sum(values) / len(values) for key, values in hits.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    recall = {name: measure(arguments.out, name) for name in arguments.names}
    languages = list(dict.fromkeys(language for language, _ in next(iter(recall.values()))))
    columns = [(name, asked) for name in arguments.names for asked in ASKED]
    rows = [[name_of(of), *(shown(recall[name][of, asked]) for name, asked in columns)] for of in languages]
    means = [sum(recall[name][of, asked] for of in languages) / len(languages) for name, asked in columns]
    titles = [f"{name}, asked {'in English' if asked == 'english' else 'so'}" for name, asked in columns]
    print(table(["documents in", *titles], [*rows, ["all", *map(shown, means)]]))
