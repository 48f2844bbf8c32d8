"""Commands over question sets and runs."""

from pathlib import Path
from typing import Annotated

import typer

from rag import DEFAULT_INDEX
from rag.cli.common import AsJson, IndexName, app, open_index, print_json, progress_bar


@app.command(name="eval", epilog="Example: rag eval seeds/questions.jsonl --split test --out runs/first")
def evaluate(
    questions: Annotated[Path, typer.Argument(help="Question set in JSON lines.")],
    out: Annotated[Path | None, typer.Option(help="Folder for answers.jsonl and summary.json.")] = None,
    split: Annotated[str | None, typer.Option(help="Only the questions of this split.")] = None,
    index: IndexName = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Ask every question of a set and score the answers."""
    from rag.evaluate.dataset import load_questions
    from rag.evaluate.run import finite, prepare, run

    chosen = load_questions(questions, split)
    if out:
        prepare(out, keep=questions)
    engine = open_index(index)

    def document_text(document_id: str) -> str | None:
        document = engine.store.get_document(document_id)
        return document.text if document else None

    with progress_bar() as progress:
        task = progress.add_task("Asking", total=len(chosen))
        _, summary = run(
            chosen, engine.ask, document_text, out, lambda done, total: progress.update(task, completed=done)
        )
    if as_json:
        print_json(finite(summary))
    else:
        for name, value in summary.items():
            typer.echo(f"{name:<26}{value:>8.0f}" if isinstance(value, int) else f"{name:<26}{value:>8.3f}")
