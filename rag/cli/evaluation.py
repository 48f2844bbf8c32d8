"""Commands over question sets and runs."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag import DEFAULT_INDEX
from rag.cli.common import (
    AsJson,
    IndexName,
    ModelName,
    On,
    app,
    notify,
    open_index,
    print_json,
    progress_bar,
    read_config,
    work_on,
)
from rag.errors import RagError
from rag.terminal import printable

if TYPE_CHECKING:
    from rag.cluster.connection import Cluster
    from rag.config import Config
    from rag.evaluate.evaluation import Elsewhere

QuestionFile = Annotated[Path, typer.Argument(metavar="QUESTIONS", help="Question set, JSON lines or CSV.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder that rag eval --out made.")]
Split = Annotated[str | None, typer.Option(help="Only the questions of this split.")]
Tag = Annotated[str | None, typer.Option(help="Only the questions with this tag.")]
FailUnder = Annotated[
    list[str] | None, typer.Option(metavar="METRIC=LEAST", help="Exit code 1 if a metric is lower; once a metric.")
]


@app.command(name="import", epilog="Example: rag import squad dev-v2.0.json --out squad")
def import_(
    kind: Annotated[str, typer.Argument(help="squad, clapnq, scifact, inscit, beir, policyqa or cranfield.")],
    path: Annotated[Path, typer.Argument(help="The set's file or folder; .gz is read too.")],
    out: Annotated[Path, typer.Option(help="New folder for documents/ and questions.jsonl.")],
    as_json: AsJson = False,
) -> None:
    """Turn a public question set into a folder of documents and a question file."""
    from rag.evaluate.importers import import_set

    with progress_bar() as progress:
        task = progress.add_task("Importing", total=None)
        report = import_set(kind, path, out, lambda done, total: progress.update(task, completed=done, total=total))
    if as_json:
        print_json(asdict(report))
        return
    typer.echo(f"{out}: {report.documents} documents, {report.questions} questions ({report.answerable} answerable)")
    for note in report.notes:
        typer.echo(f"Note: {printable(note)}")
    typer.echo(f"Next: rag index {out / 'documents'} --index NAME; rag eval {out / 'questions.jsonl'} --index NAME")


@app.command(epilog="Example: rag check questions.jsonl --index papers")
def check(questions: QuestionFile, index: IndexName = DEFAULT_INDEX, as_json: AsJson = False) -> None:
    """Check a question set against an index: every quote in its document, every id once."""
    from rag.evaluate.dataset import read_questions
    from rag.evaluate.evidence import check as check_questions

    found = read_questions(questions)
    report = check_questions(found, open_index(index).source)
    if as_json:
        print_json(asdict(report))
    else:
        for problem in report.problems:
            typer.echo(f"line {problem.line}: {printable(problem.message)}")
        for note in report.notes:
            typer.echo(f"note on line {note.line}: {printable(note.message)}")
        typer.echo(
            f"{questions}: {report.questions} questions ({report.answerable} answerable),"
            f" {report.evidence} pieces of evidence, {len(report.problems)} problems, {len(report.notes)} notes"
        )
    if report.problems or not report.questions:
        raise RagError(
            f"{questions}: {len(report.problems)} problems. Correct the lines named above."
            if report.problems
            else f"{questions}: no question in it. Write one a line."
        )


@app.command(name="eval", epilog="Example: rag eval seeds/questions.jsonl --split test --out runs/first")
def evaluate(
    questions: QuestionFile,
    out: Annotated[Path | None, typer.Option(help="Folder for the run; an interrupted one is resumed.")] = None,
    split: Split = None,
    tag: Tag = None,
    search: Annotated[
        int | None, typer.Option(metavar="K", min=1, max=1000, help="Score the search alone, K passages a question.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run that the folder holds.")] = False,
    fail_under: FailUnder = None,
    llm: ModelName = None,
    index: IndexName = DEFAULT_INDEX,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Ask every question of a set and score the answers."""
    from rag.evaluate.evaluation import evaluate as evaluate_questions
    from rag.evaluate.gate import failures_under, parse_limits

    limits = parse_limits(fail_under or [], "--fail-under", is_least=True)
    config = read_config(passage_count=search, llm=llm)
    with work_on(on) as cluster, progress_bar() as progress:
        task = progress.add_task("Asking", total=None)
        done = evaluate_questions(
            questions,
            lambda: open_index(index, passage_count=search, llm=llm),
            config,
            out,
            split=split,
            tag=tag,
            search=search,
            overwrite=overwrite,
            notify=notify,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
            elsewhere=_elsewhere(cluster, config, index) if cluster else None,
        )
    if as_json:
        print_json(done.summary)
    else:
        _print_summary(done.summary)
    if done.report:
        _notify_report(done.report)
    _fail(failures_under(done.summary, limits))


@app.command(epilog="Example: rag compare runs/main runs/branch --fail-drop recall@5=0.02")
def compare(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help="The run to compare with.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help="The run that is judged.")],
    fail_under: FailUnder = None,
    fail_drop: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC=MOST", help="Exit code 1 if a metric got worse by more; once a metric."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two runs: differences with 95 % intervals, p-values, and the questions that turned."""
    from rag.evaluate.compare import compare_runs
    from rag.evaluate.comparison_text import comparison_text
    from rag.evaluate.gate import failures_of_drop, failures_under, parse_limits
    from rag.evaluate.run import load_run

    under, drop = (
        parse_limits(fail_under or [], "--fail-under", is_least=True),
        parse_limits(fail_drop or [], "--fail-drop"),
    )
    a, b = load_run(run_a), load_run(run_b)
    with progress_bar() as progress:
        task = progress.add_task("Resampling", total=None)
        comparison = compare_runs(
            a, b, on_progress=lambda done, total: progress.update(task, completed=done, total=total)
        )
    if as_json:
        print_json(asdict(comparison))
    else:
        typer.echo(comparison_text(comparison))
    of_b = {difference.metric: difference.b for difference in comparison.differences}
    _fail([*failures_under(of_b, under), *failures_of_drop(comparison, drop)])


@app.command(epilog="Example: rag report runs/first")
def report(run: RunFolder, as_json: AsJson = False) -> None:
    """Write the report of a run again and print where it is."""
    read_config()
    file = _write_report(run)
    if as_json:
        print_json({"report": str(file)})


@app.command(epilog="Example: rag judge runs/first")
def judge(run: RunFolder, llm: ModelName = None, as_json: AsJson = False) -> None:
    """Have a language model judge a run's answers: faithful, relevant."""
    config = read_config(llm=llm)
    from rag.evaluate.judge import judge_run
    from rag.evaluate.run import load_run
    from rag.llm.providers import load_llm

    model = load_llm(config)
    found = load_run(run)
    with progress_bar() as progress:
        task = progress.add_task("Judging", total=None)
        count = judge_run(found, model, lambda done, total: progress.update(task, completed=done, total=total))
    scores = {name: value for name, value in load_run(run).summary.items() if name.startswith("llm_")}
    if as_json:
        print_json({"judged": count, **scores})
    else:
        _print_summary({"judged": count, **scores})
    _write_report(run)


@app.command(epilog="Example: rag export ragas runs/first")
def export(
    format: Annotated[str, typer.Argument(help="ragas.")],
    run: RunFolder,
    out: Annotated[Path | None, typer.Option(help="File to write; in the run's folder if not set.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a run in the format of another evaluation tool."""
    from rag.evaluate.export import FORMATS, export_ragas
    from rag.evaluate.run import load_run

    if out and out.exists():
        raise RagError(f"{out}: is there already, and is left as it is. Give another name with --out.")
    if format not in FORMATS:
        raise RagError(f"no format {format!r}. Known: {', '.join(FORMATS)}.")
    file = export_ragas(load_run(run), out or run / FORMATS[format])
    if as_json:
        print_json({"file": str(file)})
    else:
        typer.echo(file)


@app.command(epilog="Example: rag calibrate questions.jsonl --split dev --index papers")
def calibrate(
    questions: QuestionFile,
    split: Split = None,
    tag: Tag = None,
    precision: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of the answers that shall be right.")
    ] = None,
    index: IndexName = DEFAULT_INDEX,
    as_json: AsJson = False,
) -> None:
    """Fit when an index refuses, on questions that are not evaluated afterwards."""
    from rag.evaluate.ask import proposing
    from rag.evaluate.calibrate import fit_calibration
    from rag.evaluate.dataset import load_questions
    from rag.evaluate.evidence import with_places
    from rag.evaluate.run import run_questions

    found = load_questions(questions, split, tag)
    # What is fitted is the confidence of the reader, which no language model changes.
    engine = open_index(index, llm="")
    located = with_places(found, engine.source)
    with progress_bar() as progress:
        task = progress.add_task("Asking", total=len(located))
        records = run_questions(
            located, proposing(engine), on_progress=lambda done, total: progress.update(task, completed=done)
        )
    fitted = fit_calibration([question for question, _ in located], records, precision)
    engine.store.calibrate(fitted)
    result: dict[str, object] = {key: value for key, value in asdict(fitted).items() if key != "asked"}
    result |= {"index": index, "questions": len(records)}
    if as_json:
        print_json(result)
        return
    typer.echo(
        f"{index}: answers from confidence {fitted.threshold:.2f} on, fitted on {len(records)} questions."
        f" Expected (cross-validated): {fitted.expected_coverage:.0%} of such questions answered,"
        f" {fitted.expected_precision:.2f} of the answers right. rag eval leaves these questions out from now on."
    )


def _elsewhere(cluster: "Cluster", config: "Config", index: str) -> "Elsewhere":
    """Workers that open the index by its name, with what they need of the settings."""
    from rag.build import open_elsewhere
    from rag.evaluate.evaluation import Elsewhere

    settings = config.of_engines()
    return Elsewhere(cluster, partial(open_elsewhere, settings, index, not cluster.is_here), settings)


def _print_summary(summary: dict[str, float | None]) -> None:
    for name, value in summary.items():
        if value is not None:
            typer.echo(f"{name:<28}{value:>8.0f}" if isinstance(value, int) else f"{name:<28}{value:>8.3f}")


def _write_report(run: Path) -> Path:
    from rag.evaluate.report.page import write_report
    from rag.evaluate.run import load_run

    file: Path = write_report(load_run(run))
    _notify_report(file)
    return file


def _notify_report(file: Path) -> None:
    notify(f"Report: {file}")


def _fail(reasons: list[str]) -> None:
    """End with exit code 1 if there are reasons to."""
    for reason in reasons:
        notify(f"Failed: {reason}.")
    if reasons:
        raise typer.Exit(1)
