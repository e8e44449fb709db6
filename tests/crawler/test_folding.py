"""Copies fold; texts that differ in a number, a negation or a question do not."""

from datetime import timedelta

import pytest

from core.text import fingerprint
from crawler.folding import MAX_BUCKETS, Folder
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


def test_memory_is_bounded_by_days():
    folder = Folder()
    for day in range(MAX_BUCKETS * 3):
        fold(folder, day, f"{STORY}第{day}天", NOON + timedelta(days=day))

    assert len(folder._days) == MAX_BUCKETS  # noqa: SLF001


def test_folding_is_deterministic():
    texts = [STORY[n:] + STORY[:n] for n in range(len(STORY))] * 2

    def run():
        folder = Folder()
        return [fold(folder, n, text) for n, text in enumerate(texts)]

    assert run() == run()
