import pytest

from rag.overviews.statement_questions import Statement, questions_from


def made(sentence: str, following: str = "", titles: str = "", passage: str = "", among_few: bool = False) -> list[str]:
    said = Statement(sentence, following, f"{passage} {sentence} {following}", titles, among_few)
    return [question.text for question in questions_from(said)]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("The Blue Network was created in 1927 by law.", "When was the Blue Network created?"),
        ("Taiwan’s medical education began in 1897.", "When did Taiwan’s medical education begin?"),
        ("The Confederation of the Rhine was founded by Napoleon.", "Who founded the Confederation of the Rhine?"),
        ("The Red line was opened in 1987.", "When was the Red line opened?"),
        ("Alexander Lavrentiev headed the Russian delegation.", "Who headed the Russian delegation?"),
        ("Marble Falls is located in southern Burnet County.", "Where is Marble Falls located?"),
        (
            "The Church of Kenya has 3 million followers in Mombasa.",
            "How many followers does the Church of Kenya have?",
        ),
        ("A repair takes ten working days on average.", "How long does a repair take?"),
        ("The Dead Sea is 304 m (997 ft) deep.", "How deep is the Dead Sea?"),
        ("The model from Brandel costs 3,950 euros.", "How much does the model from Brandel cost?"),
        ("The population of Warsaw is 1.7 million.", "What is the population of Warsaw?"),
        ("The priority of Ankara is to secure its borders.", "What is the priority of Ankara?"),
        ("The Norvik V10 is a vacuum cleaner.", "What is the Norvik V10?"),
        ("They use polymerase chain reaction (PCR) for it.", "What does PCR stand for?"),
    ],
)
def test_a_question_is_made_of_the_sentence_s_own_words(sentence: str, question: str) -> None:
    # Whether a sentence's first word is a name is told by what stands elsewhere.
    assert made(sentence, titles="Taiwan and Marble Falls") == [question]


@pytest.mark.parametrize(
    "sentence",
    [
        "It was founded in 1927.",
        "This was followed on April 4, 1968, by another.",
        "There are 22,000 objects in the collection.",
        "The second was released in 2010.",
        "The university also includes four schools.",
        "Construction began in November 1962.",
        "The report says Smith was born in 1921.",
        "The novel was inspired by events in 1921.",
        "The office was open in 1921 and 1925.",
        "Since Agora took effect in 2000, sales rose.",
        "Dilip Joshi is an Indian actor.",
        "The Sinclair Group is the largest operator.",
        "Tesla is an inventor.",
        "He designed the bridge (ABC).",
        "The median age was 35.5 years.",
        "Sky was voted in 2006 as the best of all.",
    ],
)
def test_what_does_not_stand_alone_or_is_in_doubt_makes_none(sentence: str) -> None:
    assert made(sentence) == []


def test_a_common_noun_is_asked_about_where_a_title_names_it_or_documents_are_few() -> None:
    sentence = "The notice period is 30 days."
    assert made(sentence) == []
    assert "What is the notice period?" in made(sentence, titles="Lease\nNotice period")
    assert "What is the notice period?" in made(sentence, among_few=True)
    assert made("The grinder has seven steps.", among_few=True) == []
    assert made("The grinder has seven steps.", titles="The grinder") == ["How many steps does the grinder have?"]


def test_a_first_word_is_a_name_only_where_the_passage_says_so() -> None:
    sentence = "Newcastle has three cathedrals."
    assert made(sentence) == []
    assert made(sentence, passage="He came to Newcastle.") == ["How many cathedrals does Newcastle have?"]
    tin = "Tin has ten stable isotopes."
    assert made(tin, titles="Tin", passage="Pure tin is soft.") == ["How many stable isotopes does tin have?"]


def test_a_person_is_not_asked_what_it_is() -> None:
    sentence = "Mara Quill is a net maker."
    assert made(sentence, following="She lives in Ennisby.") == []
    assert made("Agora Two is a ship.", following="It lies in Ennisby.", passage="on Agora Two") == [
        "What is Agora Two?"
    ]


def test_letters_are_those_that_the_words_before_begin_with() -> None:
    assert made("The office of Alien Property (OAP) took it.") == []
    assert made("We use mother-to-child transmission (MTCT) here.") == ["What does MTCT stand for?"]
