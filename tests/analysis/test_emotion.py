import pytest

from analysis.emotion import EmotionScore, load_emotion_scorer
from analysis.segment import lexicon_segmenter
from core.vocabulary import Emotion

SEGMENTER = lexicon_segmenter()


def score(*texts: str) -> list[EmotionScore]:
    return load_emotion_scorer().score_words([SEGMENTER.words(t) for t in texts])


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("气死我了，物业太过分了，怒！", Emotion.ANGRY),
        ("无耻，这种人就该滚", Emotion.ANGRY),
        ("好害怕，一夜没睡，太吓人了", Emotion.FEAR),
        ("越想越恐怖，吓得我不敢出门", Emotion.FEAR),
        ("妈妈走了，我好难过，一直在哭", Emotion.SAD),
        ("心碎了，好伤心，眼泪止不住", Emotion.SAD),
        ("今天好开心，谢谢大家的爱", Emotion.HAPPY),
        ("哇，竟然会这样？太意外了，没想到", Emotion.SURPRISE),
    ],
)
def test_a_plain_feeling_is_named(text: str, emotion: Emotion) -> None:
    assert score(text)[0].emotion is emotion


@pytest.mark.parametrize(
    "text",
    [
        "救命啊笑死我了哈哈哈",
        "这家店的爆款太好吃了吧",
        "这首歌火了，太好听了",
        "笑死，我家猫又把自己吓到了哈哈",
    ],
)
def test_words_of_alarm_used_for_fun_are_not_fear(text: str) -> None:
    assert score(text)[0].emotion is not Emotion.FEAR


def test_probabilities_are_six_and_add_up_to_one() -> None:
    for found in score("好害怕", "", "😂", "水" * 20_000):
        assert len(found.probabilities) == len(Emotion)
        assert sum(found.probabilities) == pytest.approx(1.0)
        assert min(found.probabilities) >= 0
        assert found.probabilities[list(Emotion).index(found.emotion)] == max(found.probabilities)


def test_an_emotion_does_not_depend_on_the_company_it_is_in() -> None:
    texts = ("好害怕", "", "哈哈", "气死我了")

    together = [s.probabilities for s in score(*texts)]

    for text, chances in zip(texts, together, strict=True):
        assert chances == pytest.approx(score(text)[0].probabilities, abs=1e-9)


def test_no_posts_give_no_emotions() -> None:
    assert score() == []
