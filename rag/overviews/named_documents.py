"""Which documents and sections a phrase means, in a conversation about some."""

from collections.abc import Sequence

from rag.answering.table_question import matched_words
from rag.overviews.catalogue import Candidate, name_words, when_of
from rag.overviews.forms import words_of_role
from rag.overviews.sources import DocumentSentence, Sources
from rag.store.document_info import DocumentInfo

MOST_CANDIDATES = 20
"""Documents whose text is looked through for the words of a phrase that their names lack."""


def documents_meant(phrase: str, sources: Sources, cited: Sequence[str] = ()) -> list[DocumentInfo]:
    """The documents that a phrase means, those that fit equally well; all where it names none.

    What of it their names lack must stand in their text: the mail from Piet. "This document" is the one that the
    conversation was about.
    """
    catalogue = sources.catalogue
    if exact := catalogue.exactly(phrase):
        return exact
    if names_nothing(phrase):
        every = catalogue.documents
        return [info for info in every if info.id in cited][:1] or every if _points_to_one(phrase) else every
    found = catalogue.candidates(phrase)
    if not found and when_of(phrase):
        found = _opening_with(phrase, sources)
    found = [c for c in found[:MOST_CANDIDATES] if c.missing <= sources.words(c.info.id)] + [
        c for c in found[MOST_CANDIDATES:] if not c.missing
    ]
    return [candidate.info for candidate in found if candidate.share == found[0].share]


def _opening_with(phrase: str, sources: Sources) -> list[Candidate]:
    """The documents in whose first lines the day stands that a phrase names."""
    when, wanted, found = when_of(phrase), name_words(phrase), []
    for info in sources.holding(phrase, sources.catalogue.documents):
        own = when_of(sources.opening(info.id))
        if when and own and when.fits(own):
            held = matched_words(wanted, sources.catalogue.entry(info).words)
            found.append(Candidate(info, len(held) / len(wanted) if wanted else 1.0, frozenset(wanted - held)))
    return sorted(found, key=lambda candidate: -candidate.share)


def names_nothing(phrase: str) -> bool:
    """Whether a phrase has no word of a name: this document, everything."""
    return not name_words(phrase) and when_of(phrase) is None


def section_meant(phrase: str, sources: Sources) -> list[DocumentSentence]:
    """The sentences below the heading that a phrase names, where exactly one document has it; none where none does.

    "Section 3 of the lease", "the section on pets": what names the document is not in the heading.
    """
    words = phrase.casefold().split()
    asked = [word for word in words if word not in words_of_role("section")]
    wanted = name_words(" ".join(asked))
    if not wanted or len(asked) == len(words):
        return []
    catalogue = sources.catalogue
    found: dict[tuple[str, tuple[str, ...]], list[DocumentSentence]] = {}
    for info in sources.holding(phrase, catalogue.documents):
        for sentence in sources.sentences(info.id):
            for depth in range(len(sentence.path), 0, -1):
                path = sentence.path[:depth]
                title = name_words(path[-1])
                # The rest of the phrase names the document.
                if title & wanted and wanted <= title | catalogue.entry(info).words:
                    found.setdefault((info.id, path), []).append(sentence)
                    break
    if not found:
        return []
    best = max(found, key=lambda key: (len(name_words(key[1][-1]) & wanted), -len(key[1])))
    rivals = [key for key in found if name_words(key[1][-1]) & wanted == name_words(best[1][-1]) & wanted]
    return found[best] if len({key[0] for key in rivals}) == 1 else []


def part_meant(phrase: str, sources: Sources) -> list[DocumentSentence]:
    """The sentences of a document's sections that a phrase names beside it; none where it names none or no document.

    "Days 3 and 4 of the diary", "what the plan says about allergens": what does not name the document, headings have.
    """
    catalogue = sources.catalogue
    named = catalogue.named_in(phrase)
    if len(named) != 1:
        return []
    ((document, held),) = named.items()
    wanted = frozenset(name_words(phrase) - held - words_of_role("section"))
    sentences = sources.sentences(document)
    found = [
        (sentence, covered)
        for sentence in sentences
        if sentence.path and (covered := matched_words(wanted, name_words(" ".join(sentence.path))))
    ]
    if not wanted or frozenset[str]().union(*(covered for _, covered in found)) != wanted:
        return []
    numbers = {word for word in wanted if word.isdigit()}
    return [sentence for sentence, covered in found if not numbers or covered & numbers]


def _points_to_one(phrase: str) -> bool:
    words = phrase.casefold().split()
    is_plural = any(word.endswith("s") and word != "this" for word in words)
    return not is_plural and not words_of_role("deictic").isdisjoint(words)
