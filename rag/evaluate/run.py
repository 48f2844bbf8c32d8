"""A run: every question of a set put to an engine and scored, in one folder that can be resumed and compared."""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from rag.errors import RunError
from rag.evaluate.ask import AskOne, ask_all
from rag.evaluate.dataset import Question
from rag.evaluate.evidence import Place
from rag.evaluate.folder import (
    ANSWERS_FILE,
    FILES,
    INFO_FILE,
    JUDGEMENTS_FILE,
    MAKE_AGAIN,
    SUMMARY_FILE,
    cut_torn_line,
    first_line,
    locked,
    read_json,
    read_lines,
    remove,
    write_json,
)
from rag.evaluate.info import RUN_FORMAT, RunInfo
from rag.evaluate.measures import measure
from rag.evaluate.record import Judgement, Record, read_judgement, read_record

_OTHER_ID = "'{found}' where the question set has '{wanted}'"

Summary = dict[str, float | None]


class OtherRunError(RunError):
    """A folder that holds a run of something else; `difference` says what differs, in words."""

    def __init__(self, message: str, difference: str) -> None:
        super().__init__(message)
        self.difference = difference


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run as read from its folder."""

    folder: Path
    info: RunInfo
    records: list[Record]

    @property
    def summary(self) -> Summary:
        """Counts and the value of each metric; None where it does not apply."""
        return summarize(self.records)


def run_questions(
    questions: Sequence[tuple[Question, Sequence[Place]]],
    ask_one: AskOne,
    out: Path | None = None,
    info: RunInfo | None = None,
    overwrite: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    at_once: int | None = None,
) -> list[Record]:
    """The Records of all questions, in order; written to the folder `out` as they come.

    As many are asked together as there are cores, or `at_once`. A folder that holds an interrupted run of the same
    `info` is resumed: what was answered is kept. What `on_progress` raises interrupts a run, and comes out when no
    question is being asked any more. Raises OtherRunError where the folder holds another run and `overwrite` is not
    asked for.
    """
    if out is None or info is None:
        records = []
        with closing(ask_all(questions, ask_one, at_once)) as asked:
            for record in asked:
                records.append(record)
                on_progress(len(records), len(questions))
        return records
    if name := _foreign_file(out):
        raise RunError(f"{out}: holds {name}, which is of no run. Give an empty or a new folder with --out.")
    with locked(out):
        records = _resume(out, info, [question.id for question, _ in questions], overwrite)
        on_progress(len(records), len(questions))
        with (
            (out / ANSWERS_FILE).open("a", encoding="utf-8", newline="\n") as file,
            closing(ask_all(questions[len(records) :], ask_one, at_once)) as asked,
        ):
            for record in asked:
                file.write(json.dumps(record.as_json(), ensure_ascii=False) + "\n")
                file.flush()
                records.append(record)
                on_progress(len(records), len(questions))
        records = _judged(out, records)
        write_json(out / SUMMARY_FILE, summarize(records))
    return records


def summarize(records: Sequence[Record]) -> Summary:
    """Counts, and the value of each of MEASURES; None where one does not apply."""
    counts: Summary = {"questions": len(records), "answerable": sum(record.gold.answerable for record in records)}
    for outcome in ("correct", "wrong", "unsupported", "refused"):
        answered = [record.outcome for record in records if record.outcome]
        counts[outcome] = answered.count(outcome) if answered else None
    return counts | measure(records)


def load_run(folder: Path) -> Run:
    """The finished run in `folder`. Raises RunError where there is none, or a damaged, unfinished or foreign one."""
    info = _read_info(folder)
    if info is None:
        raise RunError(f"{folder}: no run in it. Make one: rag eval QUESTIONS --out {folder}")
    records = _read_records(folder, info)
    if len(records) < info.questions["count"]:
        raise RunError(
            f"{folder}: an unfinished run, {len(records)} of {info.questions['count']} questions are answered."
            " Give the same rag eval command again to finish it."
        )
    return Run(folder, info, _judged(folder, records))


def read_judgements(folder: Path) -> list[Judgement]:
    """What `rag judge` left in a run's folder. Raises RunError for a damaged line."""
    advice = "Remove that line and give rag judge again."
    return list(read_lines(folder / JUDGEMENTS_FILE, read_judgement, advice))


def _resume(out: Path, info: RunInfo, ids: Sequence[str], overwrite: bool) -> list[Record]:
    """The records that `out` holds already of this run; the folder is made ready to take the others."""
    earlier = None if overwrite else _read_info(out)
    if earlier is None:
        for file in (out / name for name in FILES if os.path.lexists(out / name)):
            remove(file)
        write_json(out / INFO_FILE, asdict(info))
        (out / ANSWERS_FILE).write_bytes(b"")
        return []
    advice = "Give another folder with --out, or replace what is there with --overwrite."
    if difference := earlier.difference(info):
        raise OtherRunError(f"{out}: holds a run with {difference}. {advice}", difference)
    records = _read_records(out, earlier)
    for record, wanted in zip(records, ids, strict=False):
        if record.id != wanted:
            raise RunError(f"{out / ANSWERS_FILE}: {_OTHER_ID.format(found=record.id, wanted=wanted)}. {advice}")
    cut_torn_line(out / ANSWERS_FILE)
    return records


def _read_info(folder: Path) -> RunInfo | None:
    file = folder / INFO_FILE
    try:
        text = file.read_text(encoding="utf-8")
        value = read_json(text)
        if not isinstance(value, dict) or "format_version" not in value:
            return None
        if (found := value["format_version"]) != RUN_FORMAT:
            raise RunError(
                f"{folder}: a run of another version of footnote-rag (format {found}, this one reads {RUN_FORMAT})."
                " Make it again with rag eval."
            )
        return TypeAdapter(RunInfo).validate_json(text, strict=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError(f"{file}: cannot be read ({error.strerror}). Check the folder and its permissions.") from None
    except (ValueError, RecursionError) as error:
        raise RunError(f"{file}: damaged ({first_line(error)}). {MAKE_AGAIN}") from None


def _foreign_file(folder: Path) -> str | None:
    """A file in a folder that holds no run, be it a damaged one or of another version; None if there is none."""
    try:
        if not folder.is_dir() or _read_info(folder):
            return None
    except RunError:
        return None
    return next((file.name for file in sorted(folder.iterdir()) if not file.name.startswith(".")), None)


def _read_records(folder: Path, info: RunInfo) -> list[Record]:
    records = list(read_lines(folder / ANSWERS_FILE, read_record))
    if len({record.id for record in records}) < len(records) or len(records) > info.questions["count"]:
        raise RunError(f"{folder / ANSWERS_FILE}: damaged (more answers than questions). {MAKE_AGAIN}")
    return records


def _judged(folder: Path, records: list[Record]) -> list[Record]:
    """The records with the scores of an LLM judge, where `rag judge` left some."""
    scores = {judgement.id: judgement.scores for judgement in read_judgements(folder)}
    return [replace(record, scores=record.scores | scores.get(record.id, {})) for record in records]
