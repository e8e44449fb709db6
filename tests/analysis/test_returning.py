"""Judged claims found again by wording, and told apart by what must agree."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from analysis.decisions import Decisions
from analysis.open_claims import ClaimState
from analysis.returning import Judged, as_claim

NOON = datetime(2031, 6, 17, 4, tzinfo=UTC)
NONE = Decisions()


def claim(key: int, text: str, matter: str = "text") -> ClaimState:
    return replace(as_claim(1, text, NOON), key=key, matter=matter)


JUDGED = Judged(
    [
        claim(1, "桐漪路隧道积水死了3人，官方压着不让说"),
        claim(2, "食用碘盐能防辐射，超市都抢光了"),
        claim(3, "自来水里查出剧毒，喝了会死人，赶紧囤水"),
    ]
)


@pytest.mark.parametrize(
    ("text", "judged"),
    [
        ("桐漪路隧道积水，死了3人，官方压着不让说！！", 1),
        ("听说碘盐能防辐射，超市都抢光了", 2),
        ("今天天气很好，适合出门", None),
        ("", None),
        ("😂", None),
    ],
)
def test_a_claim_is_known_again_by_its_wording(text: str, judged: int | None) -> None:
    found = JUDGED.like(claim(9, text), NONE)

    assert [p.first for p in found if not p.doubtful] == ([judged] if judged else [])


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        ("桐漪路隧道积水死了30人，官方压着不让说", "数字不同：3人／30人"),
        ("桐漪路隧道没积水死了3人，官方压着不让说", "一说有、一说没有：没积水"),
    ],
)
def test_what_differs_is_named_and_never_the_same(text: str, difference: str) -> None:
    (pair,) = JUDGED.like(claim(9, text), NONE)

    assert pair.doubtful
    assert difference in pair.differs


def test_a_judged_claim_is_not_like_itself() -> None:
    assert JUDGED.like(claim(1, "桐漪路隧道积水死了3人，官方压着不让说"), NONE) == []
