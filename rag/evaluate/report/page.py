"""The report of a run: one HTML file that asks the network for nothing, and a summary in Markdown."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rag.evaluate.evidence import DocumentText
from rag.evaluate.folder import MARKDOWN_FILE, REPORT_FILE, write_text
from rag.evaluate.info import RunInfo
from rag.evaluate.measures import columns_of
from rag.evaluate.report.markdown import report_markdown
from rag.evaluate.report.plots import plots_of
from rag.evaluate.report.questions import questions_json
from rag.evaluate.report.tables import (
    LOST_MEANING,
    OUTCOME_MEANING,
    group_tables,
    headline,
    lost_counts,
    metric_rows,
    outcome_rows,
)
from rag.evaluate.run import Run

_FOLDER = Path(__file__).parent
_SCRIPTS = ("question.js", "page.js")
_DIGEST_CHARACTERS = 12

About = list[tuple[str, str]]


def write_report(run: Run, document_text: DocumentText | None = None) -> Path:
    """The path of report.html, written with report.md into the run's folder.

    `document_text` gives the text of evidence where the run does not hold it. The same run gives the same bytes. Raises
    RunError.
    """
    file = run.folder / REPORT_FILE
    write_text(file, report_html(run, document_text))
    write_text(run.folder / MARKDOWN_FILE, report_markdown(run, about_run(run.info)))
    return file


def report_html(run: Run, document_text: DocumentText | None = None) -> str:
    """The report as one HTML document."""
    records, summary = run.records, run.summary
    metrics, times = metric_rows(summary)
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2").render(
        title=f"Evaluation of {run.info.questions['file']}",
        is_search=run.info.search is not None,
        count=len(records),
        about=about_run(run.info),
        settings=[(name, str(value)) for name, value in _flat(run.info.config)],
        machine=[(name, str(value)) for name, value in _flat(run.info.machine)],
        headline=headline(summary),
        metrics=metrics,
        times=times,
        groups=group_tables(records),
        outcomes=outcome_rows(records),
        outcome_meaning=OUTCOME_MEANING,
        lost=lost_counts(records),
        lost_meaning=LOST_MEANING,
        plots=plots_of(records, columns_of(records)),
        questions=questions_json(records, document_text),
        style=_read("page.css"),
        script="\n".join(map(_read, _SCRIPTS)),
    )


def about_run(info: RunInfo) -> About:
    """What was run, as names and values."""
    questions, index = info.questions, info.index
    asked = f"{questions['count']:,} of {questions['file']}"
    for name in ("split", "tag"):
        if questions.get(name):
            asked += f", {name} {questions[name]}"
    about = [("Questions", asked)]
    if questions.get("left_out"):
        about.append(("Left out", f"{questions['left_out']:,}, because the index was calibrated on them"))
    if info.search is not None:
        about.append(("Mode", f"search alone, {info.search:,} passages a question"))
    return [
        *about,
        ("Index", f"{index['name']}, {index['documents']:,} documents, {index['passages']:,} passages"),
        ("Version of the index", index["manifest_sha256"][:_DIGEST_CHARACTERS]),
        ("Version of Footnote", f"{info.code['version']}, {info.code['sha256'][:_DIGEST_CHARACTERS]}"),
    ]


def _flat(settings: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, "not set" if value is None else value) for name, value in settings.items()]


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
