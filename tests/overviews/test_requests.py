import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.overviews.requests import (
    AttributeRequest,
    ComparisonRequest,
    DocumentsRequest,
    ListRequest,
    Request,
    SummaryRequest,
    requests_of,
)

SURE: list[tuple[str, Request]] = [
    ("Summarise this document", SummaryRequest("this document")),
    ("please summarize the meeting of 16 May, thanks", SummaryRequest("the meeting of 16 May")),
    ("tl;dr of the lease", SummaryRequest("the lease")),
    ("Give me the gist of the second lecture", SummaryRequest("the second lecture")),
    ("Can you give me a short summary of the policy in 3 sentences?", SummaryRequest("the policy", 3)),
    ("give me a summary in five bullet points", SummaryRequest("", 5)),
    ("What is the syllabus about?", SummaryRequest("the syllabus", is_of_document=True)),
    ("what was discussed at the meeting on 4 March?", SummaryRequest("the meeting on 4 March", is_of_document=True)),
    ("What are the main points of lecture 2?", SummaryRequest("lecture 2")),
    ("the dehumidifier manual in a nutshell please", SummaryRequest("the dehumidifier manual")),
    ("Fasse den Mietvertrag in drei Sätzen zusammen", SummaryRequest("den Mietvertrag", 3)),
    ("Compare the Vivo 7 and the Vivo 9", ComparisonRequest(("the Vivo 7", "the Vivo 9"), "")),
    ("what's the difference between A and B in terms of warranty?", ComparisonRequest(("A", "B"), "warranty")),
    ("Compare the rents of the lease and the policy", ComparisonRequest(("the lease", "the policy"), "rents")),
    ("How does the deposit in A compare with the one in B?", ComparisonRequest(("A", "B"), "deposit")),
    ("A100 vs B200", ComparisonRequest(("A100", "B200"), "")),
    ("How many documents are there?", DocumentsRequest("", counts=True)),
    ("Wie viele PDFs gibt es hier?", DocumentsRequest("", frozenset({"pdf"}), counts=True)),
    ("How many contracts are there in this folder?", DocumentsRequest("contracts", counts=True)),
    ("which documents are about insurance?", DocumentsRequest("", about="insurance")),
    ("Which documents mention Ms Brandt", DocumentsRequest("", mentions="Ms Brandt")),
    ("In which document is the deposit mentioned?", DocumentsRequest("", mentions="the deposit")),
    ("which files did Anna Weber write?", DocumentsRequest("", by="Anna Weber")),
    ("which documents are from May", DocumentsRequest("", when="May")),
    ("what is the longest document", DocumentsRequest("", most="longest")),
    ("which file was changed most recently?", DocumentsRequest("", most="changed")),
    ("How many csv files are there?", DocumentsRequest("", frozenset({"csv"}), counts=True)),
    ("What is in this folder?", DocumentsRequest("")),
    ("list all documents", DocumentsRequest("")),
    ("How many pages does the exam paper have?", AttributeRequest("pages", "the exam paper")),
    ("when was the price list last changed?", AttributeRequest("changed", "the price list")),
    ("Who wrote the syllabus?", AttributeRequest("author", "the syllabus")),
    ("Which documents by Ann Moor are about the roof?", DocumentsRequest("", by="Ann Moor", about="the roof")),
    ("Which documents mention the roof in 2023?", DocumentsRequest("", mentions="the roof", when="2023")),
    ("Compare the two leases", ComparisonRequest(("leases", ""), "")),
    ("Könntest du bitte die Hausordnung zusammenfassen?", SummaryRequest("die Hausordnung")),
    ("List the prices of all models", ListRequest("prices", "of all models", is_of_every=True)),
    ("Who wrote notes.md?", AttributeRequest("author", "notes.md")),
    ("List all action items for Ms Brandt", ListRequest("action items", "for Ms Brandt")),
    ("name every part that is sold out", ListRequest("part", "that is sold out")),
]  # fmt: skip
UNSURE: list[tuple[str, Request]] = [
    ("How long is the lease?", AttributeRequest("pages", "the lease")),
    ("When was the lease written?", AttributeRequest("date", "the lease")),
    ("What date does the lease have?", AttributeRequest("date", "the lease")),
    ("What does the lease cover?", SummaryRequest("the lease", is_of_document=True)),
    ("which decisions were taken at the meeting?", ListRequest("decisions", "at the meeting")),
]
NONE = [
    "What is the capital of France?",
    "Which documents do I need for the application?",
    "What does the lease say about pets?",
    "How did Monica and Rachel feel?",
    "Who is the landlord?",
    "When does the lease end?",
    "Does the summary of the report mention costs?",
]


@pytest.mark.parametrize(("question", "request_"), SURE)
def test_what_is_asked_of_whole_documents_is_told(question: str, request_: Request) -> None:
    assert (request_, True) in list(requests_of(question))


@pytest.mark.parametrize(("question", "request_"), UNSURE)
def test_what_the_documents_may_say_is_not_sure(question: str, request_: Request) -> None:
    found = dict(requests_of(question))
    assert found[request_] is False
    assert not any(found.values())


@pytest.mark.parametrize("question", NONE)
def test_other_questions_ask_nothing_of_whole_documents(question: str) -> None:
    assert [request_ for request_, is_sure in requests_of(question) if is_sure] == []


def test_long_questions_take_no_time() -> None:
    assert list(requests_of("compare the difference between a and b and " * 400)) == []


def test_a_word_that_ends_like_a_courtesy_is_none() -> None:
    assert list(requests_of("summarise the snow")) == [(SummaryRequest("the snow"), True)]
    assert (DocumentsRequest("", mentions="disease"), True) in list(requests_of("which documents mention disease"))


def test_courtesies_change_nothing() -> None:
    plain = list(requests_of("summarise the lease"))
    for said in ("Please, summarise the lease!", "could you please summarise the lease for me, thanks"):
        assert list(requests_of(said)) == plain


@given(st.text(max_size=300))
def test_any_text_can_be_asked(text: str) -> None:
    assert len(list(requests_of(text))) < 100
