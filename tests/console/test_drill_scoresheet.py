from dataclasses import replace

import pytest

from console.drill.generator import Label
from console.drill.scenario import load_scenario, minutes
from console.drill.scoresheet import Gathered, render, score

STORY = load_scenario()


def moment(clock: str) -> str:
    return STORY.moment(minutes(clock)).isoformat()


def label(claim: str | None, *, noise: bool = False, helps: bool = False) -> Label:
    return Label(
        topic="N_noise" if noise else "A_rain_scene",
        claim_id=claim,
        stance=None,
        is_question=False,
        concern="",
        help=helps,
        place=None,
        dup_of=None,
        noise=noise,
        line="A_rain_scene/0",
    )


LABELS = {
    "a1": label("CL02"),
    "a2": label("CL02"),
    "b1": label("CL01"),
    "b2": label("CL01"),
    "n1": label(None, noise=True),
    "h1": label(None, helps=True),
}


def post(post_id: str, claim: str | None, *, said: str = "false", clock: str = "09:00") -> dict:
    return {
        "post_id": post_id,
        "claim_id": claim,
        "help": said,
        "published_at": moment(clock),
        "duplicate_of": None,
    }


def claim(claim_id: str, noticed: str | None, verdict: str = "", voices: int = 2) -> dict:
    return {
        "claim_id": claim_id,
        "first_seen": moment("05:55"),
        "noticed_at": moment(noticed) if noticed else None,
        "verdict": verdict,
        "voices": voices,
        "answered_by": "S000001" if claim_id == "C2" else None,
    }


def alert(alert_id: str, clock: str, kind: str, claim_id: str | None, level: str) -> dict:
    return {
        "alert_id": alert_id,
        "raised_at": moment(clock),
        "kind": kind,
        "claim_id": claim_id,
        "level": level,
    }


GOOD = Gathered(
    posts=[
        post("a1", "C1"),
        post("a2", "C1"),
        post("b1", "C2"),
        post("b2", "C2", clock="23:30"),
        post("n1", "C3"),
        post("h1", None, said="true"),
    ],
    claims=[claim("C1", "06:20"), claim("C2", "08:55"), claim("C3", None, voices=1)],
    alerts=[
        alert("A1", "05:00", "volume_rise", None, "C1"),
        alert("A2", "08:55", "hazard", "C2", "C4"),
        alert("A3", "07:40", "conflict", "C1", "C2"),
    ],
    statements=[
        {
            "statement_id": "S000001",
            "kind": "refutation",
            "published_at": moment("10:05"),
        },
        {"statement_id": "S000002", "kind": "first", "published_at": moment("06:45")},
    ],
    verdicts=[
        {"claim_id": "C1", "verdict": "partly_true", "at": moment("09:30")},
        {"claim_id": "C2", "verdict": "verified_false", "at": moment("09:52")},
    ],
    refusals=["转移人数 924 与已确认的 942 不一致"],
    destruction_records=3,
    authors={"a1": "u1", "a2": "u2", "b1": "u3", "b2": "u4", "n1": "u5"},
)


def outcome(gathered: Gathered, oracle: str, words: str) -> str:
    parts = [p for p in score(STORY, gathered, LABELS) if p.oracle == oracle and words in p.what]
    assert len(parts) == 1
    return parts[0].outcome


CASES = [
    ("O1", "上升", {"alerts": [alert("A1", "04:00", "volume_rise", None, "C1")]}),
    ("O2", "成簇", {"claims": [claim("C1", "06:35"), claim("C2", "08:55")]}),
    ("O2", "从未", {"claims": [claim("C1", "06:20", "verified_false")]}),
    (
        "O2",
        "从未",
        {"verdicts": [{"claim_id": "C1", "verdict": "verified_false", "at": moment("08:00")}]},
    ),
    (
        "O2",
        "从未判为不实",
        {"verdicts": [{"claim_id": "C1", "verdict": "out_of_context", "at": moment("08:00")}]},
    ),
    ("O2", "核心", {"verdicts": []}),
    ("O2", "冲突", {"alerts": [alert("A3", "07:50", "conflict", "C1", "C2")]}),
    ("O3", "候选", {"claims": [claim("C2", "09:00")]}),
    ("O3", "C4", {"alerts": [alert("A2", "08:55", "hazard", "C2", "C3")]}),
    (
        "O3",
        "证据",
        {"verdicts": [{"claim_id": "C2", "verdict": "verified_false", "at": moment("09:40")}]},
    ),
    ("O3", "辟谣", {"statements": []}),
    ("O4", "再传", {"posts": [post("b1", "C2"), post("b2", None, clock="23:30")]}),
    ("O7", "924", {"refusals": ["缺少更新时间"]}),
    ("O11", "求助", {"posts": [post("h1", None), post("a1", "C1", said="true")]}),
    ("O12", "噪声", {"alerts": [alert("A4", "10:00", "enquiry", "C3", "C2")]}),
    ("O12", "重复", {"claims": [claim("C1", "06:20"), claim("C3", None, voices=9)]}),
    ("O13", "首发", {"statements": []}),
    ("O15", "销毁", {"destruction_records": 0}),
    ("O15", "销毁", {"contacts_left": 1}),
]


@pytest.mark.parametrize(("oracle", "words", "worse"), CASES)
def test_part_is_met_by_the_good_run_and_not_met_by_a_worse_one(oracle, words, worse) -> None:
    assert outcome(GOOD, oracle, words) == "met"
    assert outcome(replace(GOOD, **worse), oracle, words) == "not met"


@pytest.mark.parametrize(
    ("oracle", "words"),
    [("O1", "上升"), ("O2", "冲突"), ("O7", "924"), ("O12", "重复"), ("O15", "销毁")],
)
def test_part_without_input_is_said_to_be_not_yet_built(oracle, words) -> None:
    bare = Gathered(posts=GOOD.posts, claims=GOOD.claims)

    assert outcome(bare, oracle, words) == "not yet built"


def test_nothing_found_is_never_met() -> None:
    parts = score(STORY, Gathered(posts=[], claims=[]), {})

    assert not [part.what for part in parts if part.outcome == "met"]


def test_copies_by_others_that_lift_a_claim_above_another_are_seen() -> None:
    posts = [
        *(post(f"x{n}", "C1") | {"duplicate_of": "x0" if n else None} for n in range(9)),
        *(post(f"y{n}", "C2") for n in range(3)),
    ]
    authors = {each["post_id"]: f"user {each['post_id']}" for each in posts}
    lifted = [claim("C1", "06:20", voices=9), claim("C2", "08:55", voices=3)]
    honest = [claim("C1", "06:20", voices=1), claim("C2", "08:55", voices=3)]
    gathered = replace(GOOD, posts=posts, authors=authors, claims=lifted)

    assert outcome(gathered, "O12", "重复") == "not met"
    assert outcome(replace(gathered, claims=honest), "O12", "重复") == "met"


def test_sheet_counts_its_parts() -> None:
    parts = score(STORY, GOOD, LABELS)
    met = sum(part.outcome == "met" for part in parts)

    sheet = render(parts)

    assert f"共 {len(parts)} 项：达到 {met} 项" in sheet
    assert "尚未建成" in sheet
