from rag.text.words import content_words, scripts


def test_function_words_do_not_count() -> None:
    assert content_words("Who led the Russian delegation?") == ["led", "russian", "delegation"]


def test_a_question_of_function_words_keeps_them() -> None:
    assert content_words("To be or not to be") == ["to", "be", "or", "not", "to", "be"]


def test_scripts_are_those_of_letters() -> None:
    assert scripts("Türkiye 2024 – 第, да!") == {"LATIN", "CJK", "CYRILLIC"}
    assert scripts("12 + 3 = 15") == set()
