"""Local labels turn an order into chances, or say that they cannot."""

import random

import numpy as np
import pytest

from analysis.calibrate import LEAST, calibrate, expected_error, to_label


def drawn(count: int, *, shift: float, seed: int = 1) -> tuple[list[float], list[bool]]:
    """Scores all over, and labels whose chance is that of a score far too high or too low."""
    dice = random.Random(seed)  # noqa: S311  a test's dice
    scores = [dice.random() for _ in range(count)]
    chances = [1 / (1 + np.exp(-(2 * np.log(s / (1 - s)) + shift))) for s in scores]
    return scores, [dice.random() < chance for chance in chances]


def test_fifty_labels_bring_the_chances_near_to_what_is_found() -> None:
    scores, worth = drawn(LEAST, shift=-2.0)
    found = calibrate(scores, worth)
    unseen, truth = drawn(5_000, shift=-2.0, seed=2)

    assert found is not None
    before = expected_error(np.array(unseen), np.array(truth, dtype=np.int64))
    chances = np.array([found.chance(score) for score in unseen])
    after = expected_error(chances, np.array(truth, dtype=np.int64))
    assert before > 0.15
    assert after < 0.08


@pytest.mark.parametrize(
    ("scores", "worth"),
    [
        ([], []),
        ([0.5] * 49, [True, False] * 24 + [True]),
        ([0.5] * 200, [True] * 200),
        ([0.2, 0.9] * 100, [True] * 195 + [False] * 5),
    ],
)
def test_too_few_or_one_sided_labels_leave_an_order(scores, worth) -> None:
    assert calibrate(scores, worth) is None


def test_labels_against_the_order_never_turn_it_round() -> None:
    scores = [n / 100 for n in range(1, 100)]
    found = calibrate(scores, [score < 0.5 for score in scores])

    assert found is not None
    assert found.slope >= 0
    assert found.chance(0.9) >= found.chance(0.1)


@pytest.mark.parametrize("score", [0.0, 1.0, 0.5])
def test_a_chance_lies_between_none_and_all(score: float) -> None:
    found = calibrate(*drawn(80, shift=0.0))

    assert found is not None
    assert 0 <= found.chance(score) <= 1


def test_what_is_labelled_comes_from_all_over_and_from_the_middle() -> None:
    scores = [n / 1000 for n in range(1000)]
    chosen = [scores[number] for number in to_label(scores, 50)]

    assert len(set(chosen)) == 50
    assert min(chosen) < 0.1
    assert max(chosen) > 0.9
    assert sum(0.45 < score < 0.55 for score in chosen) >= 25
    assert to_label(scores, 50) == to_label(scores, 50)


@pytest.mark.parametrize(("posts", "wanted"), [(0, 50), (1, 50), (3, 1), (10, 10)])
def test_never_more_is_chosen_than_there_is(posts: int, wanted: int) -> None:
    assert len(to_label([0.5] * posts, wanted)) == min(posts, wanted)
