"""What a post does to a claim: asks, denies, believes, or something else."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analysis import evaluate, gold, train_classes
from analysis.gazetteer import Gazetteer
from analysis.gold import f1_of_stances, read_gold, stances
from analysis.records import SegmentedPost
from analysis.segment import lexicon_segmenter
from analysis.signs import SignReader
from analysis.stance import (
    STANCES,
    count_stances,
    load_stance_scorer,
    rules_of,
    stances_by_hour,
)
from core.directory import Directory
from core.errors import HuiyingError
from core.lexicon import load_lexicon
from core.vocabulary import ClaimStance

GOLD = Path(__file__).parent / "gold" / "stance.jsonl"
NOON = datetime(2031, 6, 17, 4, tzinfo=UTC)
DAM = "青石水库垮坝了，下游快跑"
READER = SignReader(load_lexicon(), Gazetteer(Directory()))


def told(texts: Sequence[str], about: str = DAM) -> list[str]:
    return [str(one) for one in stances([{"text": text, "claim": about} for text in texts])]


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("真的假的？官方怎么说", "enquiry"),
        ("这事靠谱不", "enquiry"),
        ("等个准信", "enquiry"),
        ("哪里传出来的，有视频吗", "enquiry"),
        ("谣言，水务局已经辟谣了", "denial"),
        ("我就在坝上，好好的，没垮", "denial"),
        ("官方通报说运行正常，别传了", "denial"),
        ("已经垮了，我亲眼看见的", "support"),
        ("呵呵，又要说不属实，我家都进水了", "support"),
        ("扩散，青石水库垮坝，让更多人看到", "support"),
        ("愿平安", "other"),
        ("吓得我一晚上没睡", "other"),
    ],
)
def test_a_reply_asks_denies_believes_or_does_none_of_it(text: str, stance: str) -> None:
    assert told([text]) == [stance]


def post(text: str, *, parent: int | None = None) -> SegmentedPost:
    words = lexicon_segmenter().words(text)
    return SegmentedPost(1, text, words, NOON, "v", "f", None, parent, None)


def test_who_tells_a_claim_in_his_own_words_and_neither_asks_nor_denies_passes_it_on() -> None:
    text = "愿平安"
    answer, own = post(text, parent=7), post(text)

    judged = load_stance_scorer().judge([answer, own], [READER.read(text)] * 2, [DAM, DAM])

    assert judged == [ClaimStance.OTHER, ClaimStance.SUPPORT]


def test_a_post_without_a_claim_has_no_stance() -> None:
    signs = READER.read("真的假的")

    judged = load_stance_scorer().judge([post("真的假的")], [signs], [None])

    assert judged == [None]
    assert load_stance_scorer().judge([], [], []) == []


@pytest.mark.parametrize("text", ["", "💧", "？" * 10_000, "假" * 180_000, "\u202e真的\u202c"])
def test_no_text_makes_the_scorer_stumble(text: str) -> None:
    assert told([text])[0] in {s.value for s in STANCES}
    assert told(["真的吗"], about=text)[0] in {s.value for s in STANCES}


def test_what_a_reply_takes_back_is_read_against_its_claim() -> None:
    signs = READER.read("水没停")

    assert rules_of("没停，刚洗完澡", signs, "全县停水三天") != rules_of(
        "没停，刚洗完澡", signs, "大桥塌了"
    )


def test_the_model_is_far_better_than_the_word_lists_on_the_gold_set() -> None:
    rows = read_gold(GOLD)
    right = [ClaimStance(row["label"]) for row in rows]
    signs = [READER.read(row["text"]) for row in rows]
    by_words = [
        ClaimStance.ENQUIRY
        if s.enquiry
        else ClaimStance.DENIAL
        if s.denial
        else ClaimStance.SUPPORT
        if s.support or s.hearsay
        else ClaimStance.OTHER
        for s in signs
    ]

    words, model = f1_of_stances(right, by_words), f1_of_stances(right, stances(rows))

    assert all(model[stance] > words[stance] + 0.2 for stance in STANCES)


def test_no_gold_claim_or_reply_was_trained_on() -> None:
    written = train_classes.read_replies()
    rows = read_gold(GOLD)

    assert not {r.claim for r in written} & {row["claim"] for row in rows}
    shared = {r.text for r in written} & {row["text"] for row in rows}
    assert len(shared) <= 5, shared  # a few words that anybody says: 愿平安
    assert len(written) >= 2_000


def test_all_replies_to_one_claim_are_in_one_fold() -> None:
    folds: dict[str, set[int]] = {}
    for reply in train_classes.read_replies():
        folds.setdefault(reply.claim, set()).add(reply.fold)

    assert all(len(found) == 1 for found in folds.values())
    assert {fold for found in folds.values() for fold in found} == set(range(5))


def test_a_line_that_is_no_written_reply_is_named(tmp_path: Path) -> None:
    line = json.dumps({"claim": "停水", "text": "真的？", "label": "shrug"})
    (tmp_path / "stance_x.jsonl").write_text(line + "\n", encoding="utf-8")

    with pytest.raises(HuiyingError, match=r"stance_x\.jsonl:1: no written reply"):
        train_classes.read_replies(tmp_path)


def test_voices_are_counted_once_in_each_stance_and_hour() -> None:
    heard = [
        (ClaimStance.ENQUIRY, NOON, "a"),
        (ClaimStance.ENQUIRY, NOON + timedelta(minutes=5), "a"),
        (ClaimStance.SUPPORT, NOON + timedelta(minutes=61), "a"),
        (ClaimStance.SUPPORT, NOON + timedelta(minutes=62), "b"),
        (ClaimStance.DENIAL, NOON + timedelta(hours=5), "c"),
    ]

    counts = {c.stance.value: (c.voices, c.share) for c in count_stances(heard)}
    hours = [(h.hour, h.voices) for h in stances_by_hour(heard, NOON)]

    assert counts == {
        "enquiry": (1, 0.25),
        "denial": (1, 0.25),
        "support": (2, 0.5),
        "other": (0, 0.0),
    }
    assert hours == [(0, (1, 0, 0, 0)), (1, (0, 0, 2, 0)), (5, (0, 1, 0, 0))]
    assert stances_by_hour([], NOON) == ()


def test_the_gold_figures_name_every_stance() -> None:
    names = {figure.name for figure in gold.figures(GOLD.parent)}

    assert {f"gold_stance_{stance}_f1" for stance in STANCES} <= names
    assert "gold_stance_macro_f1" in {m.name for m in evaluate.measure_gold(GOLD.parent)}
