"""Which documents and sections a phrase means, in a conversation about some."""

from collections.abc import Sequence

from rag.overviews.catalogue import name_words, when_of
from rag.overviews.forms import LANGUAGES, language
from rag.overviews.sources import DocumentSentence, Sources
from rag.store.corpus import DocumentInfo

MOST_SEARCHED = 300
"""Documents whose headings are looked through for a section that is named without its document."""

_SECTIONS = frozenset({"section", "chapter", "part", "paragraph", "abschnitt", "kapitel", "clause", "heading"})


def documents_meant(phrase: str, sources: Sources, cited: Sequence[str]) -> list[DocumentInfo]:
    """The documents that a phrase means; "this document" is the one that the conversation was about."""
    catalogue = sources.catalogue
    found = catalogue.named(phrase)
    words = phrase.casefold().split()
    points = any(word in language(name).deictic for word in words for name in LANGUAGES)
    is_plural = any(word.endswith("s") and word != "this" for word in words)
    if points and not name_words(phrase) and not when_of(phrase) and not is_plural and cited:
        return [info for info in found if info.id in cited][:1] or found
    return found


def section_meant(phrase: str, sources: Sources) -> list[DocumentSentence]:
    """The sentences below the heading that a phrase names, where exactly one document has it; none where none does.

    "Section 3 of the lease", "the section on pets": what names the document is not in the heading.
    """
    words = phrase.casefold().split()
    asked = [word for word in words if word not in _SECTIONS]
    wanted = name_words(" ".join(asked))
    if not wanted or len(asked) == len(words):
        return []
    catalogue = sources.catalogue
    named = catalogue.named(" ".join(asked))
    documents = named if 0 < len(named) < len(catalogue.entries) else [entry.info for entry in catalogue.entries]
    found: dict[tuple[str, tuple[str, ...]], list[DocumentSentence]] = {}
    for info in documents[:MOST_SEARCHED]:
        own = name_words(f"{info.title} {info.id}")
        for sentence in sources.sentences(info.id):
            for depth in range(len(sentence.path), 0, -1):
                path = sentence.path[:depth]
                title = name_words(path[-1])
                # The rest of the phrase names the document.
                if title & wanted and wanted <= title | own and wanted - own <= title:
                    found.setdefault((info.id, path), []).append(sentence)
                    break
    if not found:
        return []
    best = max(found, key=lambda key: (len(name_words(key[1][-1]) & wanted), -len(key[1])))
    rivals = [key for key in found if name_words(key[1][-1]) & wanted == name_words(best[1][-1]) & wanted]
    return found[best] if len({key[0] for key in rivals}) == 1 else []
