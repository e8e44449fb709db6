"""Copies fold; texts that differ in a number, a negation or a question do not."""

from datetime import timedelta

import pytest

from core.text import fingerprint
from crawler.folding import MAX_BUCKETS, Folder
from crawler.folding.spans import SPAN_DAYS
from tests.crawler.conftest import NOON

STORY = "今天早上东门桥下的积水已经没过膝盖，公交改走北环，大家绕行注意安全"


def fold(folder, key, text, at=NOON):
    return folder.fold(key, text, fingerprint(text), at)


@pytest.mark.parametrize(
    ("other", "first"),
    [
        (STORY, 1),
        (f"转发：{STORY}！！", 1),
        (STORY[:-4], 1),
        ("西街的路灯坏了三天，晚上走路看不见，希望有人来修一修", None),
        (STORY.replace("已经", "没有"), None),
        (STORY + "吗", None),
        (STORY + "，死亡3人", None),
    ],
)
def test_what_folds_and_what_does_not(other, first):
    folder = Folder()
    fold(folder, 1, STORY)

    assert fold(folder, 2, other) == first


def test_differing_numbers_never_fold():
    folder = Folder()
    fold(folder, 1, f"{STORY}，目前转移群众300人")

    assert fold(folder, 2, f"{STORY}，目前转移群众500人") is None


def test_short_texts_fold_only_exactly():
    folder = Folder()
    fold(folder, 1, "东门停水了")

    assert fold(folder, 2, "西门停水了") is None
    assert fold(folder, 3, "东门，停水了。") == 1


def test_a_copy_of_a_copy_names_the_first():
    folder = Folder()
    copies = [fold(folder, n, STORY + "。转" * n) for n in range(1, 5)]

    assert copies == [None, 1, 1, 1]


@pytest.mark.parametrize(("days", "first"), [(0, 1), (3, 1), (-3, 1), (4, None), (-4, None)])
def test_a_text_that_comes_back_later_is_new_again(days, first):
    folder = Folder()
    fold(folder, 1, STORY)

    assert fold(folder, 2, STORY, NOON + timedelta(days=days)) == first


def test_a_text_that_comes_back_after_the_remembered_days_is_new_and_memory_stays_bounded():
    folder = Folder()
    for day in range(MAX_BUCKETS * 3):
        fold(folder, day + 1, f"{STORY}第{day}天", NOON + timedelta(days=day))

    again = fold(folder, 999, f"{STORY}第0天", NOON)

    assert again is None
    assert len(folder._spans) * SPAN_DAYS <= MAX_BUCKETS + 2 * SPAN_DAYS  # noqa: SLF001


def test_many_at_once_fold_as_one_by_one_would():
    texts = [
        f"{STORY}{'!' * (n % 3)}" if n % 4 else f"{n}号楼今天停电{STORY[n:]}" for n in range(24)
    ]
    posts = [(n, text, fingerprint(text), NOON) for n, text in enumerate(texts, 1)]

    at_once = Folder().fold_many(posts)
    one_by_one = Folder()

    assert at_once == [one_by_one.fold(*post) for post in posts]
    assert any(first is not None for first in at_once)


def test_a_new_wording_of_a_known_post_is_folded_into_it():
    folder = Folder()
    fold(folder, 1, STORY)
    edited = "更正：城南水厂管道已修好，二十时起恢复供水，请居民打开总阀"

    folder.refold(1, edited, fingerprint(edited), NOON)

    assert fold(folder, 2, edited) == 1
    assert fold(folder, 3, STORY) == 1


CHAIN = "刚看完通报，假消息，大家回家吧，路都堵死了，有没有人说一下"


def test_a_chain_text_with_the_senders_place_before_it_is_a_copy_and_a_short_one_is_not():
    folder = Folder()
    fold(folder, 1, CHAIN)
    fold(folder, 2, "停水了，大家快储水")

    assert fold(folder, 3, f"石桁乡老街，{CHAIN}") == 1
    assert fold(folder, 4, "石桁乡老街，停水了，大家快储水") is None


def test_folding_is_deterministic():
    texts = [STORY[n:] + STORY[:n] for n in range(len(STORY))] * 2

    def run():
        folder = Folder()
        return [fold(folder, n, text) for n, text in enumerate(texts)]

    assert run() == run()
