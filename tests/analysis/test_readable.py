import numpy as np
import pytest

from analysis.features import REPLY_SIGNS, TEXT_SIGNS, ReplyPool
from analysis.models import artifacts
from analysis.readable import KNOTS, REPLIES, TEXT, Readable, curves, disagree
from analysis.train_readable import fit_readable


def test_a_curve_rises_beyond_each_of_its_knots() -> None:
    values, knots = np.array([[3.0]]), np.array([[1.0, 2.5, np.inf]])

    assert curves(values, knots).tolist() == [[[3.0, 2.0, 0.5, 0.0]]]


def test_the_model_reads_thirty_three_signs_and_no_words() -> None:
    arrays = artifacts.load("checkworthy")

    assert len(TEXT) + len(REPLIES) == 33
    assert set(TEXT) < set(TEXT_SIGNS)
    assert set(REPLIES) < set(REPLY_SIGNS)
    assert arrays["readable_coefficients"].shape == (33 * (1 + KNOTS),)


def test_the_pushes_that_are_shown_add_up_to_the_model() -> None:
    readable = Readable(artifacts.load("checkworthy"))
    pool = ReplyPool()
    for number, text in enumerate(("真的假的？", "假的吧", "辟谣了吗", "不可能", "求官方通报")):
        pool.add(text, (text,), 60.0 * number)
    signs = np.linspace(0, 1, len(TEXT_SIGNS))
    nothing = np.zeros(len(TEXT_SIGNS))

    shown = readable.contributions(signs.tolist(), pool.snapshot(), 33)
    (part,) = readable.text_parts(np.array([signs]))
    (bare,) = readable.text_parts(np.array([nothing]))

    assert len(shown) == 33
    rest = sum(c.push for c in readable.contributions(nothing.tolist(), pool.snapshot(), 33))
    moved = readable.logit(part, pool.snapshot()) - readable.logit(bare, pool.snapshot())
    assert sum(c.push for c in shown) - rest == pytest.approx(moved)


def test_a_sign_that_speaks_only_from_a_point_on_is_learned() -> None:
    random = np.random.default_rng(3)
    text = np.zeros((400, len(TEXT_SIGNS)))
    replies = random.uniform(0, 1, (400, len(REPLY_SIGNS)))
    place = REPLY_SIGNS.index("enquiry")
    labels = ((replies[:, place] > 0.4) & (replies[:, place] < 0.8)).astype(int)

    arrays = fit_readable(text, replies, labels, np.ones(400))

    slopes = arrays["readable_coefficients"].reshape(33, -1)[len(TEXT) + REPLIES.index("enquiry")]
    assert slopes.min() < 0 < slopes.max()


@pytest.mark.parametrize(
    ("words", "signs", "apart"),
    [(3.0, -3.0, True), (-3.0, 3.0, True), (3.0, 1.0, False), (0.0, 3.0, False), (900, -900, True)],
)
def test_only_a_wide_difference_is_a_disagreement(
    words: float, signs: float, *, apart: bool
) -> None:
    assert disagree(words, signs) is apart
