"""Mails asked as a person would: what the header answers and what it does not, and the newer message of a thread."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.answer import Answer
from rag.build import build_index, open_engine
from rag.config import Config
from rag.store.filters import parse_filters
from tests.conftest import MadeOnce


def mail(subject: str, sender: str, date: str, text: str, subtype: str = "plain") -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = subject, sender, date
    message["To"] = "Bob Ray <bob@harbour.example>"
    message.set_content(text, subtype=subtype)
    return message.as_bytes()


INVOICE = """Dear Bob,

please find attached our invoice 5512. The amount due is 1,240 pounds, payable within thirty days.
The meeting about the new crane is on 21 May at 10:00 in the harbour office. Karl Brandt will chair it.

Anna
"""
ATTRIBUTED = "On Fri, May 3, 2024 at 9:00 AM Cy Lund <cy@harbour.example> wrote:"
OLDER = "The regatta starts at 10:30 from the north pier."
NEWER = "The regatta starts at 14:00 from the north pier."
QUOTED = f"{ATTRIBUTED}\n> Dear all,\n>\n> {OLDER}\n> Cy\n"
HEADER = "From: Cy Lund\nSent: Friday, 3 May 2024 9:00\nTo: Bob Ray\nSubject: Regatta\n\n"
THREADS = {
    "above.eml": f"There was a change. {NEWER}\n\n{QUOTED}",
    "below.eml": f"{QUOTED}\nThere was a change. {NEWER}\n",
    "original.eml": f"{NEWER}\n\n-----Original Message-----\n{HEADER}Dear all,\n\n{OLDER}\n",
    "german.eml": f"{NEWER}\n\nAm 3. Mai 2024 um 09:00 schrieb Cy Lund:\n\n> {OLDER}\n",
    "french.eml": f"{NEWER}\n\nLe 3 mai 2024, Cy Lund a écrit :\n\n> {OLDER}\n",
    "html.eml": (
        f"<p>{NEWER}</p><div class=gmail_quote><div>{ATTRIBUTED.replace('<', '&lt;').replace('>', '&gt;')}</div>"
        f"<blockquote><p>{OLDER}</p></blockquote></div>"
    ),
}
LEVELS = """Ben Ray is the treasurer of the club.

On 4 May 2024, Tom Berg wrote:
> The hall costs 300 pounds. Uma Sol is the secretary of the club.
>
> On 2 May 2024, Uma Sol wrote:
>> The hall costs 280 pounds.
"""
DAYS = {"original.eml": "3 May 2024", "german.eml": "3. Mai 2024", "french.eml": "3 mai 2024"}


@pytest.fixture(scope="module")
def config(seeds_config: Config, made_once: MadeOnce) -> Config:
    def make(folder: Path) -> None:
        documents = folder / "documents"
        documents.mkdir(parents=True)
        sent = "Thu, 16 May 2024 12:00:00 +0100"
        invoice = mail("Invoice 5512 and the meeting", "Anna Moor <anna@crane.example>", sent, INVOICE)
        (documents / "invoice.eml").write_bytes(invoice)
        for name, text in THREADS.items():
            subtype = "html" if name == "html.eml" else "plain"
            made = mail(
                "Re: Regatta", "Dana Fox <dana@harbour.example>", "Sun, 05 May 2024 08:00:00 +0100", text, subtype
            )
            (documents / name).write_bytes(made)
        (documents / "levels.eml").write_bytes(mail("Re: Hall", "Ines Park <ines@x.example>", sent, LEVELS))
        for name, subject, day, place in (
            ("first.eml", "Picnic", "06 May 2024", "Hollin Park"),
            ("second.eml", "AW: Picnic", "08 May 2024", "Sker Meadow"),
        ):
            text = f"The picnic of the rowing club takes place in {place}.\n"
            (documents / name).write_bytes(mail(subject, "Eve Hall <eve@club.example>", f"{day} 08:00:00 +0000", text))
        build_index(documents, seeds_config.model_copy(update={"index_dir": folder}), "mails")

    return seeds_config.model_copy(update={"index_dir": made_once("mail_questions", make)})


def asked(config: Config, question: str, *documents: str) -> Answer:
    engine = open_engine(config, "mails", filters=parse_filters([f"document={name}" for name in documents]))
    answer = engine.ask(question)
    texts = {citation.document: engine.document_text(citation.document) or "" for citation in answer.citations}
    assert all(texts[c.document][c.start : c.end] == c.quote for c in answer.citations)
    return answer


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who sent the mail?", "Anna Moor"),
        ("Who wrote the mail about invoice 5512?", "Anna Moor"),
        ("When was the mail sent?", "16 May 2024"),
        ("When was it sent?", "16 May 2024"),
        ("Who received the mail?", "Bob Ray"),
        ("What is the subject of the mail?", "Invoice 5512 and the meeting"),
        ("What is the mail about?", "Invoice 5512 and the meeting"),
    ],
)
def test_the_header_answers_who_when_and_about_what(config: Config, question: str, said: str) -> None:
    answer = asked(config, question, "invoice.eml")
    assert said in (answer.short_answer or "")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How much is invoice 5512?", "1,240"),
        ("When is the meeting?", "21 May"),
        ("What is the date of the meeting?", "21 May"),
        ("Who chairs the meeting?", "Karl Brandt"),
        ("Within how many days is it payable?", "thirty"),
        ("When was the contract signed?", ""),
        ("Who is the captain of the ferry?", ""),
    ],
)
def test_the_header_answers_nothing_else(config: Config, question: str, said: str) -> None:
    answer = asked(config, question, "invoice.eml")
    assert answer.refused or said in answer.answer
    fields = ("Date:", "From:", "To:", "Subject:", "16 May", "12:00")
    assert not any(field in sentence.text for sentence in answer.sentences for field in fields)


@pytest.mark.parametrize("document", THREADS)
def test_the_newer_message_answers_and_the_older_is_told_as_older_with_both_dates(
    config: Config, document: str
) -> None:
    answer = asked(config, "When does the regatta start?", document)
    assert "14:00" in (answer.short_answer or "")
    day = DAYS.get(document, "May 3, 2024")
    assert [sentence.text for sentence in answer.sentences][1:] == [f"In the earlier message of {day}: {OLDER}"]
    assert answer.agreement == "differ"
    assert any("5 May 2024" in note and day in note for note in answer.notes)


def test_of_what_is_quoted_the_newer_answers_too(config: Config) -> None:
    answer = asked(config, "How much does the hall cost?", "levels.eml")
    assert answer.short_answer == "300 pounds"
    assert answer.sentences[1].text == "In the earlier message of 2 May 2024: The hall costs 280 pounds."


def test_a_newer_message_about_something_else_does_not_answer(config: Config) -> None:
    answer = asked(config, "Who is the secretary of the club?", "levels.eml")
    assert (answer.short_answer, answer.agreement, len(answer.sentences)) == ("Uma Sol", "single", 1)
    assert answer.answer.startswith("In the earlier message of 4 May 2024: Uma Sol")


def test_what_only_an_older_mail_says_is_told_as_older_beside_a_newer_one(config: Config) -> None:
    question = "Where does the picnic of the rowing club take place?"
    assert asked(config, question, "first.eml").answer.startswith("The picnic")
    answer = asked(config, "How much does the hall cost?", "levels.eml")
    assert answer.answer.startswith("In the earlier message of 4 May 2024: The hall costs 300 pounds.")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who wrote to Bob Ray?", "Anna Moor"),
        ("Who did Anna Moor write to?", "Bob Ray"),
        ("When did Anna Moor send the mail?", "16 May"),
        # He got it, and nobody else did.
        ("When did Bob Ray send the mail?", ""),
        ("Who did Bob Ray write to?", ""),
        ("Who was copied in on the mail?", ""),
        ("What was attached to the mail?", ""),
    ],
)
def test_who_is_named_sent_the_mail_or_got_it(config: Config, question: str, said: str) -> None:
    answer = asked(config, question, "invoice.eml")
    of_header = [sentence.text for sentence in answer.sentences if ": " in sentence.text[:9]]
    assert [said in text for text in of_header] == ([True] if said else [])


def test_of_two_mails_of_a_thread_the_newer_answers(config: Config) -> None:
    answer = asked(config, "Where does the picnic of the rowing club take place?", "first.eml", "second.eml")
    assert answer.short_answer == "Sker Meadow"
    assert [citation.document for citation in answer.citations] == ["second.eml", "first.eml"]
    assert answer.sentences[1].text.startswith("In the earlier message of 6 May 2024: ")
