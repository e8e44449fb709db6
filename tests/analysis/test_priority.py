"""Which unanswered question goes first."""

import pytest

from analysis.priority import HARM, priority
from core.lexicon import load_lexicon


def test_a_question_that_grows_goes_before_one_that_more_have_asked() -> None:
    growing = priority(20, lately=15, before=2, concern="daily_life")
    fading = priority(40, lately=1, before=9, concern="daily_life")

    assert growing.rank > fading.rank


def test_a_life_goes_before_a_price_that_twice_as_many_ask_for() -> None:
    assert priority(10, 3, 3, "casualty").rank > priority(15, 3, 3, "price_supply").rank


def test_growth_stays_within_limits_so_that_one_burst_is_not_everything() -> None:
    assert priority(1, 500, 0, None).growth == 4.0
    assert priority(1, 0, 500, None).growth == 0.5
    assert priority(1, 0, 0, None).growth == 1.0


def test_one_voice_more_never_puts_a_question_lower() -> None:
    ranks = [priority(n, n // 2, 3, "water").rank for n in range(1, 60)]

    assert ranks == sorted(ranks)


@pytest.mark.parametrize("concern", sorted(HARM))
def test_every_named_harm_is_a_concern_of_the_taxonomy(concern: str) -> None:
    assert concern in load_lexicon().concern_words
    assert HARM[concern] > 1
