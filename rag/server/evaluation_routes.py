"""/v1/evaluations: batches of questions put to a collection, and what came of them."""

import json
from typing import Any

from fastapi import APIRouter, Response

from rag.errors import RagError
from rag.evaluate.dataset import read_questions
from rag.evaluate.folder import SUMMARY_FILE, write_text
from rag.library.library import Library
from rag.library.rights import own_folder
from rag.library.runs import Runs
from rag.library.uploads import safe_name
from rag.server.asking import known
from rag.server.errors import ApiError
from rag.server.schemas import EvaluationRequest

_OTHER_SET = "There is a set of other questions called {name!r}. Give another name."


def evaluation_routes(library: Library) -> APIRouter:
    """The routes over the caller's runs on the collections of a library."""
    routes = APIRouter(prefix="/v1/evaluations", tags=["Evaluations"])
    data = library.config.data_dir
    runs = Runs(lambda: own_folder(data) / "runs")

    @routes.get("")
    def listed() -> dict[str, Any]:
        """The runs there are, the newest first."""
        return {"data": [_told(runs, run.name) for run in runs.listed()]}

    @routes.post("", status_code=202)
    def begin(asked: EvaluationRequest) -> dict[str, Any]:
        """Ask a set of questions; one run is made at a time, and one that was interrupted is gone on with.

        The questions are kept as a set of that name, which the window offers too.
        """
        collection = known(library, asked.collection)
        name = runs.checked_name(asked.name)
        file = own_folder(data) / "questions" / f"{safe_name(name)}.jsonl"
        written = "".join(json.dumps(question, ensure_ascii=False) + "\n" for question in asked.questions)
        if file.exists() and file.read_text(encoding="utf-8") != written:
            raise ApiError(409, _OTHER_SET.format(name=name), "name")
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, written)
        if problems := read_questions(file).problems:
            file.unlink()
            said = " ".join(f"Question {problem.line}: {problem.message}" for problem in problems[:5])
            raise ApiError(400, said, "questions")
        runs.evaluate(library, collection, file, None, name)
        return _told(runs, name)

    @routes.get("/{name}")
    def one(name: str) -> dict[str, Any]:
        """How far a run is, and its metrics when it is done."""
        return _told(runs, name)

    @routes.delete("/{name}", status_code=204)
    def call_off(name: str) -> Response:
        """End a run that is being made; what was asked is kept, and it can be gone on with."""
        if not runs.running or runs.running.name != name:
            raise ApiError(404, f"No run {name!r} is being made.")
        runs.running.call_off()
        return Response(status_code=204)

    return routes


def _told(runs: Runs, name: str) -> dict[str, Any]:
    """How a run stands. Raises ApiError where there is none."""
    job = runs.last
    if job and job.name == name and job.progress.state != "done":
        now = job.progress
        said = {"state": now.state, "done": now.done, "questions": now.total, "message": job.message}
        return {"name": name} | said
    try:
        folder = runs.folder(name)
    except RagError as error:
        raise ApiError(404, str(error)) from None
    summary = folder / SUMMARY_FILE
    metrics = json.loads(summary.read_text(encoding="utf-8")) if summary.exists() else None
    return {"name": name, "state": "done" if metrics else "interrupted", "metrics": metrics}
