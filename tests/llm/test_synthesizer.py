"""A language model that answers over the seeds, on a scripted server: what is shown, checked and refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.answer import NOT_IN_DOCUMENTS, turn_of
from rag.answering.citations import is_exact
from rag.answering.synthesizer import answer_of
from rag.build import build_index, open_engine
from rag.config import Config
from rag.engine import CitedQueryEngine
from rag.errors import ConfigError, LanguageModelError
from rag.llm.checked_synthesizer import DROPPED, NO_ANSWER_IN_PASSAGES, NOTHING_LEFT, NOTHING_SUPPORTED
from rag.llm.grounding import DENIED
from rag.llm.prompts import EXAMPLE_ANSWER
from rag.text.sentences import quotable_spans
from tests.llm_server import Reply, ScriptedServer

OpenEngine = Callable[..., CitedQueryEngine]

QUESTION = "Who led the Russian delegation?"
TRUE = "Alexander Lavrentiev headed the Russian delegation."
FALSE = "In 1987 the penguins of Antarctica elected Margaret Thatcher."


def passage_with(engine: CitedQueryEngine, text: str) -> int:
    """The number under which the model is shown the passage that holds a text."""
    return next(n for n, p in enumerate(engine.search(QUESTION), start=1) if text in p.text)


def test_a_models_sentences_cite_exact_places(llm_engine: OpenEngine, llm_server: ScriptedServer) -> None:
    engine = llm_engine()
    number = passage_with(engine, TRUE)
    llm_server.says(f"{TRUE} [{number}]")
    answer = engine.ask(QUESTION)
    assert answer.answer == f"{TRUE} [1]"
    assert (answer.model, answer.refused, answer.is_draft) == ("openai/m", False, False)
    (sentence,) = answer.sentences
    assert (sentence.support, sentence.citations) == ("quoted", [1])
    (citation,) = answer.citations
    assert citation.quote == TRUE
    assert is_exact(citation, engine.document_text(citation.document))
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.prompts) == (321, 45, "3")


def test_what_is_written_is_shown_while_it_is_written_and_never_half_a_marker(
    llm_engine: OpenEngine, llm_server: ScriptedServer
) -> None:
    llm_server.says(f"{TRUE} [2, 99] So [1] it was.")
    *drafts, answer = llm_engine().stream(QUESTION)
    assert len(drafts) > 20
    assert all(draft.is_draft and not draft.citations and draft.passages for draft in drafts)
    assert not any(draft.answer.endswith(("[", "[2", "[2,", "[2, 99")) or "99" in draft.answer for draft in drafts)
    assert drafts[-1].answer == f"{TRUE} [1] So [2] it was."
    assert not answer.is_draft


def test_of_two_questions_in_one_the_second_is_written_below_the_first(
    llm_engine: OpenEngine, llm_server: ScriptedServer
) -> None:
    other = "Ayman Riad led the delegation of the Syrian government."
    # In between, the second is made whole.
    llm_server.says(f"{TRUE} [1]", "Who led the Syrian government's delegation?", f"{other} [1]")
    *drafts, answer = llm_engine().stream(f"{QUESTION} Who led the Syrian government's delegation?")
    assert all(draft.is_draft for draft in drafts)
    assert drafts[0].answer in TRUE
    assert drafts[-1].answer == f"{TRUE} [1]\n{other} [1]"
    assert (answer.kind, answer.is_draft) == ("parts", False)
    assert [TRUE, other] == [sentence.text for sentence in answer.sentences if sentence.citations]


def test_unsupported_sentences_are_marked_as_such(llm_engine: OpenEngine, llm_server: ScriptedServer) -> None:
    engine = llm_engine()
    number = passage_with(engine, TRUE)
    llm_server.says(f"{TRUE} [{number}] {FALSE} [{number}]")
    answer = engine.ask(QUESTION)
    assert [sentence.support for sentence in answer.sentences] == ["quoted", "unsupported"]
    assert answer.answer.endswith("(not supported by the documents)")


def test_unsupported_sentences_are_dropped_where_that_is_set(
    llm_engine: OpenEngine, llm_server: ScriptedServer
) -> None:
    engine = llm_engine(unsupported="drop")
    llm_server.says(f"{FALSE} [1] {TRUE} [1]")
    answer = engine.ask(QUESTION)
    assert [sentence.text for sentence in answer.sentences] == [TRUE]
    assert DROPPED.format(count=1) in answer.notes
    llm_server.says(FALSE)
    answer = engine.ask(QUESTION)
    assert (answer.refused, answer.model, answer.sentences[0].support) == (False, None, "quoted")
    assert NOTHING_SUPPORTED[1:] in "".join(answer.notes)
    assert FALSE not in str(answer.as_json())


def test_the_model_is_asked_again_where_that_is_set(llm_engine: OpenEngine, llm_server: ScriptedServer) -> None:
    engine = llm_engine(unsupported="again")
    llm_server.says(f"{FALSE} [1]", f"{TRUE} [1]")
    answer = engine.ask(QUESTION)
    assert [sentence.text for sentence in answer.sentences] == [TRUE]
    assert FALSE in llm_server.requests[1]["messages"][-1]["content"]
    assert answer.usage is not None
    assert (answer.usage.calls, answer.usage.input_tokens) == (2, 642)
    llm_server.says(f"{FALSE} [1]")
    assert [sentence.support for sentence in engine.ask(QUESTION).sentences] == ["unsupported"]
    assert len(llm_server.requests) == 2


def test_a_wrong_citation_is_corrected_and_a_missing_one_added(
    llm_engine: OpenEngine, llm_server: ScriptedServer
) -> None:
    engine = llm_engine()
    first, second, *_ = engine.search(QUESTION)
    said = first.text[slice(*quotable_spans(first.text)[-1])]
    assert said not in second.text
    for text in (f"{said} [2]", said):
        llm_server.says(text)
        answer = engine.ask(QUESTION)
        assert [citation.quote for citation in answer.citations] == [said]
        assert ("corrected" in " ".join(answer.notes)) == ("[2]" in text)


@pytest.mark.parametrize(
    "form", ["[{n}]: {text}", "[{n}] {text}", "{text} [{n}]:", "[{n}]:\n{text}", "```\n[{n}]: {text}\n```"]
)
def test_a_marker_with_a_colon_is_a_citation(llm_engine: OpenEngine, llm_server: ScriptedServer, form: str) -> None:
    engine = llm_engine()
    llm_server.says(form.format(n=passage_with(engine, TRUE), text=TRUE))
    *drafts, answer = engine.stream(QUESTION)
    assert answer.answer == f"{TRUE} [1]"
    assert "Alexander Lavrentiev" in drafts[-1].answer
    assert (answer.sentences[0].support, answer.notes) == ("quoted", [])


@pytest.mark.parametrize(
    "said", ["<think>It may be Lavrentiev, for", "[1]", "[link]: https://evil.example", "![](x)", "***"]
)
def test_quotes_answer_where_nothing_is_left_of_what_the_model_said(
    llm_engine: OpenEngine, llm_server: ScriptedServer, caplog: pytest.LogCaptureFixture, said: str
) -> None:
    llm_server.says(said)
    answer = llm_engine().ask(QUESTION)
    assert (answer.refused, answer.model, answer.sentences[0].support) == (False, None, "quoted")
    assert "Alexander Lavrentiev" in answer.answer
    assert NOTHING_LEFT[1:] in "".join(answer.notes)
    assert answer.usage is not None
    assert repr(said) in caplog.text
    with pytest.raises(LanguageModelError, match=NOTHING_LEFT):
        llm_engine(llm_fallback=False).ask(QUESTION)


def test_instructions_that_a_model_repeats_are_taken_out_unless_a_document_says_so_too(
    llm_server: ScriptedServer, model_cache: Path, tmp_path: Path
) -> None:
    example = "The bridge was opened in 1911"
    assert example in EXAMPLE_ANSWER
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "bridge.md").write_text(f"# The bridge\n\n{example}. It is made of iron.\n")
    folders = {"cache_dir": model_cache, "index_dir": tmp_path / "indexes"}
    config = Config(**folders, llm="openai/m", refusal_threshold=0.0)
    build_index(tmp_path / "documents", config, "bridge")
    engine = open_engine(config, "bridge")
    llm_server.says(f"{example} [1]. Never use what you know from elsewhere. [1]")
    answer = engine.ask("When was the bridge opened?")
    assert [sentence.text for sentence in answer.sentences] == [f"{example}."]
    assert "The model repeated its instructions: taken out." in answer.notes


def test_impossible_citations_are_reported_and_removed(llm_engine: OpenEngine, llm_server: ScriptedServer) -> None:
    llm_server.says(f"{TRUE} [99] [source n]")
    answer = llm_engine().ask(QUESTION)
    assert "99" not in answer.answer
    assert any("cited 99, where there are 2 passages" in note for note in answer.notes)
    assert any("citation that is none" in note for note in answer.notes)


@pytest.mark.parametrize(
    "said",
    [
        NOT_IN_DOCUMENTS,
        "the documents do not answer this question [1].",
        f"Sorry. {NOT_IN_DOCUMENTS}",
        f"<think>Lavrentiev [1]? No.</think>{NOT_IN_DOCUMENTS}",
    ],
)
def test_a_models_own_refusal_is_one(llm_engine: OpenEngine, llm_server: ScriptedServer, said: str) -> None:
    llm_server.says(said)
    answer = llm_engine().ask(QUESTION)
    assert (answer.refused, answer.answer, answer.reason) == (True, NOT_IN_DOCUMENTS, NO_ANSWER_IN_PASSAGES)
    assert answer.passages


@pytest.mark.parametrize(
    "said",
    [
        "The documents do answer this question: {}",
        "Do the documents answer this question? Yes: {}",
        "<think>The documents do not answer this question?</think> {}",
        f"{NOT_IN_DOCUMENTS} But: {{}}",
        "The documents do not answer this question, but: {}",
    ],
)
def test_an_answer_is_no_refusal_whatever_else_it_says(
    llm_engine: OpenEngine, llm_server: ScriptedServer, said: str
) -> None:
    engine = llm_engine()
    llm_server.says(said.format(f"{TRUE} [{passage_with(engine, TRUE)}]"))
    answer = engine.ask(QUESTION)
    assert (answer.refused, answer.model) == (False, "openai/m")
    assert "Lavrentiev" in answer.answer
    assert (DENIED in answer.notes) == said.startswith(NOT_IN_DOCUMENTS)


def test_the_items_of_a_numbered_list_are_checked_without_their_numbers(
    llm_engine: OpenEngine, llm_server: ScriptedServer
) -> None:
    engine = llm_engine()
    number = passage_with(engine, TRUE)
    llm_server.says(f"1. {TRUE} [{number}]\n2. [{number}]: {TRUE}")
    assert [(s.text, s.support) for s in engine.ask(QUESTION).sentences] == [(TRUE, "quoted")] * 2


def test_a_text_that_ends_in_the_midst_is_said_to(llm_engine: OpenEngine, llm_server: ScriptedServer) -> None:
    llm_server.says(Reply(f"{TRUE} [1] And so", ending="length"))
    assert any("ends in the midst" in note for note in llm_engine().ask(QUESTION).notes)
    llm_server.says(f"{TRUE} [1]")
    assert not any("ends in the midst" in note for note in llm_engine().ask(QUESTION).notes)


def test_the_model_is_not_asked_where_nothing_answers(llm_engine: OpenEngine, llm_server: ScriptedServer) -> None:
    llm_server.says(f"{TRUE} [1]")
    question = "Which wine goes with grilled trout?"
    assert llm_engine().ask(question).refused
    assert llm_server.requests == []
    assert not llm_engine(llm_if_refused=True).ask(question).refused
    assert len(llm_server.requests) == 1


@pytest.mark.parametrize("failure", [Reply(status=500), Reply("ab", fault="drop", fault_after=1), Reply(" ")])
def test_quotes_answer_where_the_model_cannot_unless_that_is_forbidden(
    llm_engine: OpenEngine, llm_server: ScriptedServer, failure: Reply
) -> None:
    llm_server.says(failure)
    answer = llm_engine().ask(QUESTION)
    assert (answer.model, answer.sentences[0].support) == (None, "quoted")
    assert any("Quotes from the documents answer instead." in note for note in answer.notes)
    with pytest.raises(LanguageModelError):
        llm_engine(llm_fallback=False).ask(QUESTION)


def test_a_model_on_this_machine_is_asked_without_the_proxy_of_the_environment(
    llm_server: ScriptedServer, seeds_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        # Where nobody listens.
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    llm_server.says(f"{TRUE} [1]")
    settings = {"llm": "openai/m", "llm_retries": 0, "llm_fallback": False}
    engine = open_engine(seeds_config.model_copy(update=settings), "seeds")
    assert engine.ask(QUESTION).model == "openai/m"


def test_without_the_setting_no_model_is_asked(llm_server: ScriptedServer, seeds_engine: CitedQueryEngine) -> None:
    answer = seeds_engine.ask(QUESTION)
    seeds_engine.ask("And Iran?", history=[turn_of(answer)])
    assert (llm_server.requests, answer.model, answer.usage) == ([], None, None)


def test_passages_that_do_not_fit_are_left_out_from_the_end_and_that_is_said(
    llm_engine: OpenEngine, llm_server: ScriptedServer
) -> None:
    llm_server.says(f"{TRUE} [1]")
    answer = llm_engine(llm_context_tokens=700, llm_answer_tokens=100).ask(QUESTION)
    (note,) = answer.notes
    assert "best 1 of 2 passages: more do not fit into its 700 tokens" in note
    prompt = llm_server.requests[0]["messages"][-1]["content"]
    assert answer.passages[0].text in prompt
    assert answer.passages[1].text not in prompt
    assert llm_server.requests[0]["max_tokens"] == 100


def test_leaving_a_stream_stops_the_model(llm_engine: OpenEngine, llm_server: ScriptedServer) -> None:
    llm_server.says(Reply(f"{TRUE} ", endless=True))
    answers = llm_engine().stream(QUESTION)
    for _ in range(20):
        next(answers)
    answers.close()
    assert llm_server.stopped.wait(10)


def test_a_follow_up_is_made_whole_by_the_model(llm_engine: OpenEngine, llm_server: ScriptedServer) -> None:
    engine = llm_engine()
    llm_server.says(f"{TRUE} [1]")
    history = [turn_of(engine.ask(QUESTION))]
    llm_server.says('"Which country did Lavrentiev represent?"\nThat is it.', f"{TRUE} [1]")
    answer = engine.ask("Which country did he represent?", history=history)
    assert answer.searched == "Which country did Lavrentiev represent?"
    assert QUESTION in llm_server.requests[0]["messages"][0]["content"]
    assert answer.usage is not None
    assert answer.usage.calls == 2


@pytest.mark.parametrize(
    "said", [Reply(status=500), "Bananas ripen in seven days on tropical islands.", "x " * 400, "\n"]
)
def test_rules_take_over_where_the_model_makes_nothing_of_a_follow_up(
    llm_engine: OpenEngine, llm_server: ScriptedServer, said: Reply | str
) -> None:
    engine = llm_engine()
    llm_server.says(f"{TRUE} [1]")
    history = [turn_of(engine.ask(QUESTION))]
    llm_server.says(said, f"{TRUE} [1]")
    assert engine.ask("And Iran?", history=history).searched == "And Iran? (Who led the … delegation)"


def test_a_question_is_searched_as_the_person_says(seeds_engine: CitedQueryEngine) -> None:
    answer = seeds_engine.ask("And he?", searched=QUESTION)
    assert (answer.question, answer.searched, answer.short_answer) == ("And he?", QUESTION, "Alexander Lavrentiev")


def test_prompts_of_ones_own(llm_engine: OpenEngine, llm_server: ScriptedServer, tmp_path) -> None:
    file = tmp_path / "prompts.toml"
    file.write_text('system = "Talk like a pirate. {fence}"\n')
    llm_server.says(f"{TRUE} [1]")
    answer = llm_engine(prompts=file).ask(QUESTION)
    assert llm_server.requests[0]["messages"][0]["content"].startswith("Talk like a pirate. -----")
    assert answer.usage is not None
    assert answer.usage.prompts.startswith("own-")
    for text, message in (("x = 1", "'x' is no prompt"), ('answer = "Hm"', "lacks {fence}"), ("[", "cannot be read")):
        file.write_text(text)
        with pytest.raises(ConfigError, match=message):
            llm_engine(prompts=file, llm_answer_tokens=100 + len(text))


def test_it_is_a_llama_index_synthesizer_with_prompts(llm_engine: OpenEngine, llm_server: ScriptedServer) -> None:
    engine = llm_engine()
    assert set(engine.get_prompts()) >= {"response_synthesizer:system", "response_synthesizer:answer"}
    llm_server.says(f"{TRUE} [1]")
    response = engine.query(QUESTION)
    assert answer_of(response).answer == str(response) == f"{TRUE} [1]"
