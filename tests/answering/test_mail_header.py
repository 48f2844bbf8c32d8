import pytest

from rag.answering.mail_header import asked_field
from rag.answering.question_kinds import answer_kind
from rag.answering.table_question import Grid, Similarity, TableQuestion
from rag.formats.mail.header import HEADER
from rag.models.default_embedding import OnnxEmbedding
from rag.models.similarity import TextSimilarity

FIELDS = {
    "Subject": "Invoice 5512 and the meeting on Friday",
    "From": "Anna Moor <anna@crane.example>",
    "To": "Bob Ray <bob@harbour.example>",
    "Date": "Thu, 02 May 2024 12:00 +0100",
}
QUOTED = {"Von": "Anna Moor", "Gesendet": "Donnerstag, 2. Mai 2024 12:00", "An": "Bob Ray", "Betreff": "Rechnung"}


def field_asked(question: str, fields: dict[str, str], similarity: Similarity | None) -> str | None:
    grid = Grid([], [list(field) for field in fields.items()], HEADER, caption=HEADER)
    asked = TableQuestion(question, answer_kind(question), frozenset(), similarity)
    found = asked_field(asked, grid, "The new crane arrives in June.")
    return found and grid.rows[found.rows[0]][0]


@pytest.fixture(scope="module")
def similarity(embedding: OnnxEmbedding) -> TextSimilarity:
    return TextSimilarity(embedding)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("Who sent the invoice?", "From"),
        ("Who wrote the email about the crane?", "From"),
        ("Who emailed Bob?", "From"),
        ("From whom is the message about the invoice?", "From"),
        ("Who did Anna write to?", "To"),
        ("Who was the mail sent to?", "To"),
        ("Who are the recipients of the mail?", "To"),
        ("When did Anna write?", "Date"),
        ("What is the date of the email about the meeting?", "Date"),
        ("On what day was the message sent?", "Date"),
        ("What's this email about?", "Subject"),
    ],
)
def test_a_field_is_asked_for_by_what_it_means(similarity: TextSimilarity, question: str, field: str) -> None:
    assert field_asked(question, FIELDS, similarity) == field


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.parametrize(
    "question",
    [
        "How much is invoice 5512?",
        "When is the meeting?",
        "What is the date of the meeting?",
        "When is the invoice due?",
        "When was the package sent?",
        "When will the crane arrive?",
        "Who signed the contract?",
        "Who is the sender of the package?",
        "Who is Anna?",
        "What is Bob's phone number?",
        "What did Anna write on Friday?",
        "Where is the meeting?",
    ],
)
def test_a_field_answers_nothing_else(similarity: TextSimilarity, question: str, measured: bool) -> None:
    assert field_asked(question, FIELDS, similarity if measured else None) is None


def test_where_no_meaning_is_measured_words_tell() -> None:
    assert field_asked("Who sent the mail?", FIELDS, None) == "From"
    assert field_asked("When was it sent?", FIELDS, None) == "Date"
    assert field_asked("Who posted the mail?", FIELDS, None) is None


def test_the_header_of_a_quoted_mail_is_read_in_any_language(similarity: TextSimilarity) -> None:
    assert field_asked("Who sent the mail?", QUOTED, similarity) == "Von"
    assert field_asked("When was the mail sent?", QUOTED, similarity) == "Gesendet"
    assert field_asked("What is the subject of the mail?", QUOTED, similarity) is None
