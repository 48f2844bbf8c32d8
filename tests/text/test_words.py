from rag.text.words import content_words, scripts, share_of_words, stems


def test_function_words_do_not_count() -> None:
    assert content_words("Who led the Russian delegation?") == ["led", "russian", "delegation"]


def test_a_question_of_function_words_keeps_them() -> None:
    assert content_words("To be or not to be") == ["to", "be", "or", "not", "to", "be"]


def test_scripts_are_those_of_letters() -> None:
    assert scripts("Türkiye 2024 – 第, да!") == {"LATIN", "CJK", "CYRILLIC"}
    assert scripts("12 + 3 = 15") == set()


def test_stems_and_function_words_are_those_of_the_language() -> None:
    assert stems("Wann war die Prüfung der Häuser?", "de") == stems("Prüfungen, Haus, wann", "de")
    assert share_of_words(stems("Hoe diep gaan de bollen?", "nl"), "Een bol gaat diep", "nl") > 0.6
    assert share_of_words(stems("石桥上有多少只狮子", "zh"), "桥上有四十八只石狮子", "zh") > 0.3


def test_marks_belong_to_their_words() -> None:
    assert content_words("हिन्दी भाषा") == ["हिन्दी", "भाषा"]
