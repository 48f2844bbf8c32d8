"""Judgements of a language model on a finished run: optional, and kept apart from what can be computed."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict

from llama_index.core.evaluation import BaseEvaluator, FaithfulnessEvaluator, RelevancyEvaluator
from llama_index.core.llms import LLM

from rag.errors import RunError
from rag.evaluate.folder import JUDGEMENTS_FILE, SUMMARY_FILE, cut_torn_line, locked, write_json
from rag.evaluate.record import Judgement, Record
from rag.evaluate.run import Run, load_run, read_judgements


def judge_run(run: Run, llm: LLM, on_progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Number of answers that are judged now: each answer given, by LlamaIndex's faithfulness and relevancy evaluators.

    Judgements go into the run's folder as they come; those that the same model gave before are kept. Raises RunError
    where the model cannot be asked, where there are no answers, or where another model judged before.
    """
    if run.info.search is not None:
        raise RunError(f"{run.folder}: scored the search alone, so it holds no answers to judge.")
    model = llm.metadata.model_name
    evaluators = {"llm_faithfulness": FaithfulnessEvaluator(llm=llm), "llm_relevancy": RelevancyEvaluator(llm=llm)}
    file = run.folder / JUDGEMENTS_FILE
    with locked(run.folder):
        known = {judgement.id: judgement.model for judgement in read_judgements(run.folder)}
        if other := set(known.values()) - {model}:
            raise RunError(
                f"{file}: judged by {other.pop()!r} before. Remove the file to have {model!r} judge instead."
            )
        if file.exists():
            cut_torn_line(file)
        given = [record for record in run.records if record.outcome not in (None, "refused")]
        # One loop for all: a model's client keeps connections, which are of the loop that opened them.
        with file.open("a", encoding="utf-8", newline="\n") as out, asyncio.Runner() as runner:
            for done, record in enumerate(given, start=1):
                if record.id not in known:
                    results = {name: _judge(runner, evaluator, record) for name, evaluator in evaluators.items()}
                    judgement = Judgement(
                        id=record.id,
                        model=model,
                        scores={name: float(passing) for name, (passing, _) in results.items()},
                        feedback={name: feedback for name, (_, feedback) in results.items()},
                    )
                    out.write(json.dumps(asdict(judgement), ensure_ascii=False) + "\n")
                    out.flush()
                on_progress(done, len(given))
        write_json(run.folder / SUMMARY_FILE, load_run(run.folder).summary)
    return len(given)


def _judge(runner: asyncio.Runner, evaluator: BaseEvaluator, record: Record) -> tuple[bool, str]:
    answer = record.answer
    said = " ".join(sentence.text for sentence in answer.sentences)
    try:
        passages = [passage.text for passage in answer.passages]
        result = runner.run(evaluator.aevaluate(query=answer.question, response=said, contexts=passages))
    except Exception as error:  # every client has errors of its own
        raise RunError(
            f"the language model cannot be asked ({' '.join(str(error).split())[:200]}). Check llm;"
            " what was judged so far is kept."
        ) from None
    return bool(result.passing), result.feedback or ""
