import numpy as np
import pytest

from benchmarks.made import MadeCorpus, Passage, plant
from tests.conftest import HashEmbedding

DOCUMENTS = [[f"Sentence {n} of document {d} says something of its own." for n in range(12)] for d in range(5)]


def made_corpus(text_bytes: int = 0) -> MadeCorpus:
    embedding = HashEmbedding()
    vectors = np.array([embedding.get_text_embedding(s) for document in DOCUMENTS for s in document], np.float32)
    related = np.array([[d, (d + 1) % 5, (d + 2) % 5, (d + 3) % 5] for d in range(5)])
    tokens = np.full(len(vectors), 30)
    questions = ["What says something?"]
    return MadeCorpus(DOCUMENTS, related, vectors, tokens, embedding, questions, planted=7, text_bytes=text_bytes)


@pytest.fixture
def corpus() -> MadeCorpus:
    return made_corpus()


def made(corpus: MadeCorpus, count: int) -> list[Passage]:
    return [passage for document in corpus.documents(count) for passage in document]


def test_as_many_passages_as_asked_for_in_documents_of_20(corpus):
    assert [len(document) for document in corpus.documents(50)] == [20, 20, 10]
    assert len({passage.id for passage in made(corpus, 50)}) == 50


def test_passages_are_unit_vectors_and_real_sentences_of_the_wanted_length(corpus):
    known = {sentence for document in DOCUMENTS for sentence in document}
    for passage in made(corpus, 100):
        assert np.linalg.norm(passage.vector) == pytest.approx(1, abs=1e-5)
        if not passage.id.startswith("planted"):
            sentences = [f"{part.strip('. ')}." for part in passage.text.split(". ")]
            assert set(sentences) <= known
            assert len(sentences) == len(set(sentences)) <= 200 / 30


def test_each_planted_passage_is_there_once_and_its_question_names_it(corpus):
    planted = {passage.id: passage for passage in made(corpus, 1_000) if passage.id.startswith("planted")}
    asked = [question for question in corpus.questions() if question.passage_id]
    assert [question.passage_id for question in asked] == list(planted)
    assert len(planted) == 7
    for question, (text, fact) in zip(asked, plant(7, seed=60), strict=True):
        assert question.text == text
        assert fact in planted[question.passage_id].text


def test_other_passages_are_the_same_whatever_the_count(corpus):
    few = {passage.id: passage.text for passage in made(corpus, 100)}
    many = {passage.id: passage.text for passage in made(corpus, 400)}
    shared = few.keys() & many.keys()
    assert len(shared) >= 100 - 2 * 7
    assert all(few[name] == many[name] for name in shared)


def test_a_planted_fact_has_a_name_of_its_own():
    facts = plant(200, seed=60)
    assert len({question for question, _ in facts}) == len({fact for _, fact in facts}) == 200


def test_too_few_passages_for_the_planted_ones(corpus):
    with pytest.raises(ValueError, match="need 35"):
        next(corpus.documents(30))


def test_longer_texts_go_on_with_other_sentences_and_have_the_same_vectors(corpus):
    for short, long in zip(made(corpus, 100), made(made_corpus(text_bytes=900), 100), strict=True):
        assert (long.id, long.vector.tolist()) == (short.id, short.vector.tolist())
        if not short.id.startswith("planted"):
            assert long.text.startswith(short.text)
            assert 900 <= len(long.text) <= 1_000
            sentences = long.text.split(". ")
            assert len(sentences) == len(set(sentences))
