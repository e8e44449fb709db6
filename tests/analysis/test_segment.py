import logging
import random

import jieba
import pytest

from analysis.segment import Segmenter
from core.lexicon import load_lexicon

PLACES = ("望澄水库", "建业路下穿通道", "东禾泵站", "青柳湾", "G60高速", "T3航站楼")
WRITTEN = (
    "",
    " ",
    "群里都在传望澄水库要垮坝了，快跑，转给家人！",
    "建业路下穿通道积水1.5米，绕行G60高速。",
    "东禾泵站坏了没人管，打12345也没用",
    "C++和C#哪个好？AT&T的卡拉OK，穿T恤去。",
    "请看t.cn/abc-1，brilliant_V 转发 50% 的人说3.14%",
    "#望澄水库#...真的假的??--++",
    "啊啊啊啊啊啊啊啊，太太太可怕了，很多很多很多人哈哈哈哈哈",
    "😂😂👨‍👩‍👧救命啊🙏",
    "水位12.35米，超警戒0.85米，雨量210毫米",
    "全角ＡＢＣ１２３％，假名カタカナ，한국어",
    "㐀㐁生僻字𠮷野家，龦龻",
    "一行\n两行\r\n三行\t四",
)


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter((*load_lexicon().user_words(), *PLACES))


@pytest.fixture(scope="module")
def peer(segmenter: Segmenter) -> jieba.Tokenizer:
    """jieba itself, taught the same words with the same frequencies."""
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    for word, frequency in segmenter.frequencies.items():
        tokenizer.add_word(word, frequency)
    return tokenizer


@pytest.mark.parametrize("text", WRITTEN)
def test_words_are_those_of_jieba_with_the_same_user_words(
    text: str, segmenter: Segmenter, peer: jieba.Tokenizer
) -> None:
    assert list(segmenter.words(text)) == peer.lcut(text)


def test_words_are_those_of_plain_jieba_without_user_words() -> None:
    jieba.setLogLevel(logging.WARNING)
    plain, segmenter = jieba.Tokenizer(), Segmenter(())

    assert [list(segmenter.words(t)) for t in WRITTEN] == [plain.lcut(t) for t in WRITTEN]


def test_random_mixtures_are_cut_as_jieba_cuts_them(
    segmenter: Segmenter, peer: jieba.Tokenizer
) -> None:
    characters = list(
        "的水库垮坝了望澄北京C#c+B超T恤xYz0123.%_-&  ，。！?@:~😂㐀𠮷１Ａ％é한のカ·〇啊啊啊\n\t"
    )
    draw = random.Random(7)  # noqa: S311 - a fixed set of texts, not a secret
    texts = ["".join(draw.choices(characters, k=draw.randint(1, 16))) for _ in range(3000)]

    different = [t for t in texts if list(segmenter.words(t)) != peer.lcut(t)]

    assert different == []


def test_words_of_equal_likelihood_are_chosen_as_jieba_chooses(
    segmenter: Segmenter, peer: jieba.Tokenizer
) -> None:
    texts = [a * m + b * n for a in "啊哈很太" for b in "啪呵" for m in range(8) for n in range(8)]

    assert [t for t in texts if list(segmenter.words(t)) != peer.lcut(t)] == []


def test_a_very_long_text_is_cut_whole(segmenter: Segmenter, peer: jieba.Tokenizer) -> None:
    text = "望澄水库水位12.5米，请转发t.cn。" * 9000  # 189,000 characters

    words = segmenter.words(text)

    assert "".join(words) == text
    assert list(words) == peer.lcut(text)


@pytest.mark.parametrize("place", ["望澄水库", "建业路下穿通道", "东禾泵站", "青柳湾"])
def test_a_user_word_stays_whole(place: str, segmenter: Segmenter) -> None:
    assert place in segmenter.words(f"听说{place}出事了")


def test_a_segmenter_leaves_others_and_jieba_alone() -> None:
    before = Segmenter(()).words("东禾泵站坏了")

    Segmenter(("东禾泵站",)).words("㐀东禾泵站坏了")

    assert Segmenter(()).words("东禾泵站坏了") == before
    assert "东禾泵站" not in jieba.dt.FREQ


def test_frequencies_name_only_words_that_had_to_be_added(segmenter: Segmenter) -> None:
    assert "望澄水库" in segmenter.frequencies
    assert "水库" not in segmenter.frequencies
    assert all(frequency > 0 for frequency in segmenter.frequencies.values())
