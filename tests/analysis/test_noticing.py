import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from analysis.noticing import Noticer
from analysis.records import Surge
from analysis.usual import BIN, BIN_S

START = datetime(2031, 6, 1, tzinfo=UTC)
Counts = Mapping[str, int]


class Played:
    """A noticer with the counts it was given, in order."""

    def __init__(self, per_day: float = 0.1) -> None:
        self.noticer = Noticer(false_alarms_per_day=per_day)
        self.counts: Counter[tuple[str, datetime]] = Counter()
        self.random = np.random.default_rng(1)

    def bin(self, number: int, missing=frozenset(), **counts: int) -> list[Surge]:
        start = START + number * BIN
        fresh = {(name.replace("_", ":"), start): count for name, count in counts.items()}
        self.counts.update(fresh)
        return self.noticer.take(fresh, self.counts, missing)

    def days(self, days: float, first: int = 0, **means: float) -> list[Surge]:
        told = []
        for number in range(first, first + round(days * 144)):
            counts = {k: n for k, m in means.items() if (n := int(self.random.poisson(m)))}
            told += self.bin(number, **counts)
        return told


def test_a_rise_a_place_a_claim_and_a_share_are_each_told_by_name() -> None:
    played = Played()
    played.days(3, volume=12, emotion_angry=2, place_城东=0.3, claim_7=0.2)

    told = []
    for number in range(432, 438):
        told += played.bin(number, volume=60, emotion_angry=40, place_城东=20, claim_7=20)

    assert {s.series for s in told} == {
        "volume", "emotion:angry", "place:城东", "claim:7", "share:angry",
    }  # fmt: skip


def test_spikes_that_are_part_of_a_rise_are_not_told_beside_it() -> None:
    played = Played()
    played.days(3, volume=12)

    told = [played.bin(number, volume=200) for number in range(432, 440)]

    # When it begins, when the hour holds twice as many, and no more.
    assert [len(each) for each in told] == [1, 0, 1, 0, 0, 0, 0, 0]


def test_a_restart_notices_what_one_long_run_does() -> None:
    story = {"volume": 12.0, "emotion_angry": 2.0, "place_城东": 0.3, "claim_7": 0.2}
    whole = Played()
    whole.days(3, **story)
    again = Noticer(false_alarms_per_day=0.1)
    again.load(
        (s, at, n) for (s, at), n in sorted(whole.counts.items(), key=lambda r: (r[0][1], r[0][0]))
    )

    first, second = [], []
    for number in range(432, 450):
        start = START + number * BIN
        fresh = {("volume", start): 80, ("place:城东", start): 15, ("claim:9", start): 9}
        first += whole.noticer.take(fresh, fresh)
        second += again.take(fresh, fresh)

    assert len(first) > 2
    assert first == second


def test_what_stood_out_before_a_restart_is_no_news_after_it() -> None:
    whole = Played()
    whole.days(3, volume=12)
    told = whole.bin(432, volume=200)
    again = Noticer(false_alarms_per_day=0.1)
    again.load((s, at, n) for (s, at), n in whole.counts.items())

    assert len(told) == 1
    assert again.take([("volume", START + 433 * BIN)], {("volume", START + 433 * BIN): 90}) == []


def test_thousands_of_claims_are_forgotten_when_they_are_quiet() -> None:
    played = Played()
    for number in range(6 * 144):
        played.bin(number, volume=9, **{f"claim_{number * 3 + n}": 1 for n in range(3)})

    # Two days of claims, three in each bin, and the hour between two sweeps.
    assert 3 * 288 <= played.noticer.thin <= 3 * (288 + 6)


def test_many_claims_share_one_budget() -> None:
    def alarms(claims: int) -> int:
        played = Played(per_day=1.0)
        names = {f"claim_{n}": 0.35 for n in range(claims)}
        return sum(s.series.startswith("claim") for s in played.days(3, volume=30.0, **names))

    assert alarms(150) <= 3 * max(alarms(5), 3)


def test_an_hour_that_nobody_saw_is_not_an_hour_without_posts() -> None:
    blind, silent = Played(), Played()
    for played in (blind, silent):
        played.days(3, volume=20)
    first = int(START.timestamp()) // BIN_S
    gap = frozenset(range(first + 432, first + 432 + 100))

    after_blind = [s for n in range(532, 560) for s in blind.bin(n, gap, volume=22)]
    after_silence = [s for n in range(532, 560) for s in silent.bin(n, volume=22)]

    assert after_blind == []
    assert after_silence != []


def test_a_million_posts_an_hour_on_one_topic_cost_no_more_than_ten() -> None:
    def seconds(count: int) -> float:
        played = Played()
        played.days(1, volume=12, topic_flood=3)
        begun = time.process_time()
        for number in range(144, 1_000):
            played.bin(number, volume=count, topic_flood=count)
        return time.process_time() - begun

    assert seconds(170_000) < 5 * seconds(10) + 0.1


def test_the_same_posts_give_the_same_surges_in_whatever_order_a_round_holds_them() -> None:
    one, other = Played(), Played()
    names = ["volume", "claim:7", "place:城东", "emotion:fear"]
    told = []
    for played, order in ((one, names), (other, names[::-1])):
        played.days(2, volume=12, claim_7=1, place_城东=1)
        start = START + 288 * BIN
        counts = dict.fromkeys([(name, start) for name in order], 70)
        told.append(played.noticer.take(counts, counts))

    assert told[0] == told[1] != []


def test_a_first_day_without_history_tells_a_flood_of_posts() -> None:
    played = Played()
    played.days(5 / 24, volume=2)

    told = [s for n in range(30, 42) for s in played.bin(n, volume=20)]

    assert told[0].series == "volume"
    assert told[0].end - START < timedelta(hours=7)
