"""Words are found wherever they stand, at once, in any text."""

import pytest

from core.word_finder import WordFinder

WORDS = WordFinder({"停水": "cut", "水": "water", "水站": "station", "三天": "days"})


def test_every_word_is_found_inside_and_across_others() -> None:
    assert WORDS.every("停水站三天") == [
        (0, 2, "cut"),
        (1, 2, "water"),
        (1, 3, "station"),
        (3, 5, "days"),
    ]


def test_the_longest_word_wins_from_left_to_right() -> None:
    assert WORDS.longest("停水站，水站水") == [
        (0, 2, "cut"),
        (4, 6, "station"),
        (6, 7, "water"),
    ]


def test_a_word_that_ends_inside_a_longer_one_that_fails_is_not_lost() -> None:
    finder = WordFinder({"河东": 1, "河东路口西": 2, "路口": 3})

    assert finder.longest("河东路口") == [(0, 2, 1), (2, 4, 3)]


@pytest.mark.parametrize("text", ["", "a", "没有", "\ud800停水\udfff", "👨‍👩‍👧停水"])
def test_any_text_is_read_and_places_are_those_of_its_characters(text: str) -> None:
    for start, end, _ in WORDS.every(text):
        assert text[start:end] in {"停水", "水"}
    assert len(WORDS.longest(text)) == ("停水" in text)


def test_no_words_find_nothing() -> None:
    assert WordFinder[int]({}).every("停水") == WordFinder[int]({}).longest("停水") == []
