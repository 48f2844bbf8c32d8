from rag.answering.lists import list_around

ONBOARDING = (
    "New staff need the following:\n\n- a laptop from IT\n- a badge.\n  It is at the desk.\n1. a locker key\n\nThe end."
)


def parts(passage: str, sentence: str) -> tuple[str, list[str]] | None:
    start = passage.index(sentence)
    found = list_around(passage, (start, start + len(sentence)))
    return found and (passage[slice(*found[0])], [passage[slice(*item)] for item in found[1]])


def test_a_list_is_found_from_what_leads_it_in_and_from_an_item() -> None:
    whole = (
        "New staff need the following:",
        ["a laptop from IT", "a badge.\n  It is at the desk.", "a locker key"],
    )
    assert parts(ONBOARDING, "New staff need the following:") == whole
    assert parts(ONBOARDING, "a badge.") == whole


def test_other_sentences_have_no_list() -> None:
    assert parts(ONBOARDING, "The end.") is None
    assert parts("It needs:\n\nA new line.", "It needs:") is None
    assert parts("- one\n- two", "one") is None
    assert parts("They met.\n\n- one\n- two", "one") is None
