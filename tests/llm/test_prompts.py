from rag.answer import NOT_IN_DOCUMENTS
from rag.llm.prompts import ANSWER, SYSTEM, Prompts, fence_of, fenced, filled, repeats, says_not_found


def test_the_prompt_and_the_check_share_the_words_of_a_refusal() -> None:
    assert NOT_IN_DOCUMENTS in SYSTEM
    assert says_not_found(NOT_IN_DOCUMENTS)
    assert says_not_found(NOT_IN_DOCUMENTS.upper().rstrip("."))
    for said in (
        "The Rhine is 1,233 km long.",
        "The documents do answer this question: 5.",
        "",
        "the documents do not",
    ):
        assert not says_not_found(said)


def test_a_passage_cannot_hold_its_own_fence() -> None:
    texts = ["one", "two -----0123456789ab"]
    fence = fence_of(texts)
    assert not any(fence in text for text in texts)
    assert fence_of([*texts, fence]) != fence
    assert fenced([("A\nb", "one")], fence) == f"{fence} [1] A b\none"


def test_braces_in_passages_stay_as_they_are() -> None:
    assert (
        filled("{passages} {question} {other}", passages="{question} {x}", question="q") == "{question} {x} q {other}"
    )


def test_what_repeats_the_instructions_is_told() -> None:
    assert repeats("Say only what the passages say, never use what you know from elsewhere.", SYSTEM)
    assert not repeats("The passages of the castle are narrow.", SYSTEM)
    assert not repeats("Yes.", ANSWER)


def test_prompts_of_ones_own_have_another_version() -> None:
    assert Prompts().version == "3"
    assert Prompts(answer="x").version != Prompts(answer="y").version
