"""What holds of any answer that a language model wrote."""

from rag.answer import Answer
from rag.answering.citations import is_exact
from rag.engine import CitedQueryEngine


def assert_holds(answer: Answer, engine: CitedQueryEngine) -> None:
    """Fail unless every citation is exact and every sentence says how it is supported."""
    for citation in answer.citations:
        assert is_exact(citation, engine.document_text(citation.document))
    for sentence in answer.sentences:
        assert sentence.support in ("quoted", "supported", "partial", "unsupported")
        assert set(sentence.citations) <= {citation.number for citation in answer.citations}
        assert sentence.citations or sentence.support == "unsupported"
