"""The promise of few false alarms, over two hundred simulated desk-weeks (CI: sixty)."""

from collections.abc import Callable

from analysis import evaluate_budget

PROMISED = 2.0
OFF = 0.3
"""What the issue allows, over two hundred desk-weeks."""


def test_the_promise_is_kept_over_many_desk_weeks(
    *, short: bool, tell: Callable[[str], None]
) -> None:
    desks, weeks = (6, 10) if short else (20, 10)

    found = evaluate_budget.keep_promise(desks, past=8, weeks=weeks, promised=PROMISED)

    tell(
        f"false alarms: promised {PROMISED:g} a week, {found.raised} came in {found.desk_weeks} "
        f"desk-weeks, {found.realised:.2f} a week"
    )
    # Sixty desk-weeks hold about 120 alarms, whose own noise is a tenth.
    assert found.off <= (OFF + 0.1 if short else OFF)


def test_a_desk_that_is_not_calibrated_breaks_its_promise(tell: Callable[[str], None]) -> None:
    found = evaluate_budget.keep_promise(3, past=8, weeks=4, promised=0.5, compare=True)

    tell(
        f"control: promised 0.5 a week, {found.uncalibrated} came in {found.desk_weeks} desk-weeks "
        "without calibration"
    )
    assert found.uncalibrated / found.desk_weeks > 0.5 * (1 + OFF)
