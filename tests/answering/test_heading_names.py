from llama_index.core.schema import NodeWithScore, TextNode

from rag.answering.heading_names import accounts_for, under_others
from rag.metadata import HEADINGS
from rag.retrieval.reranker import Reading, SentenceSpan, attach
from tests.answering.headed import headed

QUESTION = "How often is the filter of the K9 cleaned?"


def read(text: str, sentences: list[str], headings: str = "", question: str = QUESTION) -> NodeWithScore:
    """A node as it is once it was read, each sentence with a span of its own."""
    node = NodeWithScore(node=TextNode(text=text, metadata={HEADINGS: headings} | headed(text)), score=1.0)
    spans = [(text.index(sentence), text.index(sentence) + len(sentence)) for sentence in sentences]
    attach(node, question, Reading(0.5, [SentenceSpan(span, span, 0.0) for span in spans]), 1.0)
    return node


def test_what_stands_under_another_name_is_set_aside() -> None:
    first, second = "It is cleaned weekly.", "It is cleaned twice a year."
    nodes = [
        read(f"{first}\n\n## Pump K9\n\n{second}", [first, second], "# Pumps\n## Pump K7"),
        read("Filters are sold in the shop.", ["Filters are sold in the shop."], "# Pumps\n## Spare parts"),
    ]
    assert under_others(QUESTION, nodes) == {0: {(0, len(first))}, 1: {(0, len("Filters are sold in the shop."))}}


def test_what_names_it_itself_is_not() -> None:
    said = "Unlike the K9, the K7 has no filter."
    nodes = [read(said, [said], "# Pumps\n## Pump K7"), read("It is weekly.", ["It is weekly."], "# Pumps\n## Pump K9")]
    assert under_others(QUESTION, nodes) == {}


def test_where_no_heading_names_it_nothing_is() -> None:
    nodes = [read("It is cleaned weekly.", ["It is cleaned weekly."], "# Pumps\n## Pump K7")]
    assert under_others(QUESTION, nodes) == {}
    assert under_others("Another question?", nodes) == {}


def test_a_line_and_what_it_stands_under_account_for_a_question() -> None:
    text = "## Pump K9\n\nFilter: 5 weeks.\n\n## Pump K7\n\nFilter: 3 weeks."
    node = read(text, [])
    start = text.index("Filter: 5")
    assert accounts_for("What is the filter of pump K9?", node, (start, start + len("Filter: 5 weeks.")))
    start = text.index("Filter: 3")
    assert not accounts_for("What is the filter of pump K9?", node, (start, start + len("Filter: 3 weeks.")))


def test_a_common_word_that_heads_a_sentence_speaks_against_one_under_another() -> None:
    question = "How long is the leave of engineers?"
    deck, engineers = "The leave is four weeks.", "The leave is five weeks."
    text = f"## Deck crew\n\n{deck}\n\n## Engineers\n\n{engineers}"
    assert under_others(question, [read(text, [deck, engineers], question=question)]) == {
        0: {(text.index(deck), text.index(deck) + len(deck))}
    }


def test_what_says_more_of_the_question_is_left_among_the_others() -> None:
    question = "What is the fee for late returns?"
    member, late = "Membership costs 20 euros.", "Late returns cost 20 cents a day."
    nodes = [read(f"## Fees\n\n{member}\n\n## Borrowing\n\n{late}", [member, late], question=question)]
    assert under_others(question, nodes) == {}


def test_what_stands_above_all_parts_holds_for_each() -> None:
    question = "How long is the leave of engineers?"
    everyone, engineers = "The leave is four weeks.", "Engineers may divide their leave."
    text = f"{everyone}\n\n## Engineers\n\n{engineers}"
    assert under_others(question, [read(text, [everyone, engineers], "# Crew", question)]) == {}


def test_of_parts_that_say_the_like_of_two_things_the_one_that_is_named_counts() -> None:
    question = "How long is the notice period for engineers?"
    deck = ["The notice period is four weeks.", "They have 28 days of leave a year."]
    engineers = ["They have 31 days of leave a year."]
    text = f"# Deck crew\n\n{' '.join(deck)}\n\n# Engineers\n\n{engineers[0]}"
    spans = {(text.index(sentence), text.index(sentence) + len(sentence)) for sentence in deck}
    assert under_others(question, [read(text, deck + engineers, question=question)]) == {0: spans}
    below = f"# Deck crew\n\n## Notice\n\n{deck[0]}\n\n# Engineers\n\n## Notice\n\nAsk the office."
    at = below.index(deck[0])
    assert under_others(question, [read(below, [deck[0], "Ask the office."], question=question)]) == {
        0: {(at, at + len(deck[0]))}
    }
    other = f"# Deck crew\n\n{deck[0]}\n\n# Engineers\n\nTheir mess is on the lower deck."
    assert under_others(question, [read(other, [deck[0], "Their mess is on the lower deck."], question=question)]) == {}


def test_what_is_said_of_all_of_them_holds_for_the_one_that_is_named() -> None:
    question = "To whom does the crane crew send sick notes?"
    everyone, crane = "Sick notes go to Marta Ilves.", "They have 28 days of leave."
    text = f"# All crews\n\n{everyone}\n\n# Crane crew\n\n{crane}"
    assert under_others(question, [read(text, [everyone, crane], question=question)]) == {}


def test_a_heading_that_is_in_the_question_whole_is_what_it_is_about() -> None:
    question = "How long does the bean salad keep?"
    stew, salad = "It keeps for four days.", "Rinse the beans and cut the onions."
    text = f"# Lentil stew\n\n{stew}\n\n# Bean salad\n\n{salad}"
    at = text.index(stew)
    assert under_others(question, [read(text, [stew, salad], question=question)]) == {0: {(at, at + len(stew))}}
