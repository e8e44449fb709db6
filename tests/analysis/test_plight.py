import pytest

from analysis.plight import feature_count, features_of


def test_other_words_of_the_same_classes_are_the_same_features() -> None:
    assert features_of("岳父在窗台") == features_of("奶奶在屋顶")


def test_two_words_of_one_clause_say_more_than_two_of_one_post() -> None:
    apart, together = features_of("奶奶，屋顶"), features_of("奶奶和屋顶")

    assert set(apart) < set(together)


@pytest.mark.parametrize("text", ["", "？", "😀", "奶奶" * 500, "救命，水到床沿了！" * 40])
def test_any_text_has_ascending_features_below_their_count(text: str) -> None:
    found = features_of(text)

    assert found == sorted(set(found))
    assert found
    assert 0 <= found[0] <= found[-1] < feature_count()


def test_a_question_mark_asks_without_a_word() -> None:
    plain, marked, worded = (set(features_of(t)) for t in ("奶奶", "奶奶？", "奶奶吗"))

    assert plain < marked < worded
