"""What an elliptic question leaves to the one before."""

import pytest

from rag.retrieval.ellipsis import filled, frame


@pytest.mark.parametrize(
    ("previous", "said", "framed"),
    [
        # A name in the place of names, without the words that both have.
        ("How long is the Rhine?", "the Danube", "How long is the …"),
        ("Who led the Russian delegation?", "Türkiye", "Who led the … delegation"),
        ("How much is a ticket from Brigg to Tolle?", "from Tolle to Marsh Island", "How much is a ticket from … to …"),
        ("What is the price of the City bike?", "the E-bike Swift", "What is the price of the …"),
        ("What is the notice period?", "for Austria", "What is the notice period"),
        # Words in the place of the last ones that are no name.
        ("How much is a Tesla Model 3 tyre change?", "a service", "How much is a Tesla Model 3 …"),
        ("What is the price of the E-bike Swift?", "the deposit", "What is the … of the E-bike Swift"),
        ("How much does the school trip cost?", "the swimming course", "How much does the … cost"),
        # Words in the place of those that they share a word with.
        ("How long is annual leave for trainees?", "parental leave", "How long is … for trainees"),
        # A preposition.
        ("What does entry for adults cost?", "for children", "What does entry for … cost"),
        ("When does the pool open in winter?", "in summer", "When does the pool open in …"),
        ("How long is the notice period?", "during the trial period", "How long is the notice period"),
        ("???", "the Danube", ""),
    ],
)
def test_what_is_said_takes_the_place_of_its_like(previous: str, said: str, framed: str) -> None:
    assert frame(previous, said) == framed


@pytest.mark.parametrize(
    ("framed", "said", "whole"),
    [
        ("How long is the …", "the Danube?", "How long is the Danube"),
        ("How much is a … tyre change", "for the Nissan Leaf", "How much is a Nissan Leaf tyre change"),
        ("How much is a ticket from … to …", "Tolle", "How much is a ticket from Tolle to"),
        ("What is the notice period", "", "What is the notice period"),
    ],
)
def test_a_frame_is_filled(framed: str, said: str, whole: str) -> None:
    assert filled(framed, said) == whole
