"""Who and where are taken out before a text is scored, and nothing else is."""

import pytest

from analysis.names import NAME, mask_names
from analysis.segment import lexicon_segmenter

WORDS = lexicon_segmenter().words


@pytest.mark.parametrize(
    "text",
    [
        "{}昨晚来了",
        "刚才{}说明天停水",
        "都说是{}自己挖断的",
    ],
)
@pytest.mark.parametrize(
    "who",
    [
        *(
            "老太太",
            "小男孩",
            "外卖员",
            "女司机",
            "外地商户",
            "单身小伙子",
            "退休教师",
            "保安",
            "物业",
        ),
        *("街道办", "区水务局", "某燃气公司", "镇卫生院", "县医院", "消防队", "社区居委会"),
        *("湖南", "上海", "桐漪镇", "墨兰小区"),
    ],
)
def test_whoever_is_meant_the_words_are_the_same(text: str, who: str) -> None:
    assert mask_names(WORDS(text.format(who))) == mask_names(WORDS(text.format("王伟")))


@pytest.mark.parametrize(
    "text",
    [
        "朋友圈都在传",
        "马路上全是水",
        "小区停电了",
        "群里说区里要停水",
        "移动硬盘坏了吗",
        "水库要垮坝",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert NAME not in mask_names(WORDS(text))


def test_a_long_text_takes_time_in_proportion() -> None:
    words = WORDS("某燃气公司的外卖员在禾溆镇" * 10_000)

    assert len(mask_names(words)) <= len(words)
