from analysis import new_words

ASKED = ["小区电瓶车能推上楼吗", "电瓶车泡水了怎么办", "张伟的电瓶车泡水了找谁"]


def test_a_thing_that_many_ask_about_is_proposed() -> None:
    assert [w.word for w in new_words.rising(ASKED, [], [], 5)] == ["电瓶车"]


def test_a_word_that_was_asked_about_as_much_before_does_not_rise() -> None:
    assert new_words.rising(ASKED, ASKED, [], 5) == []


def test_a_word_that_the_lists_or_a_place_hold_is_not_proposed() -> None:
    assert new_words.rising(ASKED, [], ["电瓶车棚"], 5) == []


def test_no_name_of_a_person_is_ever_proposed() -> None:
    texts = [f"张伟家第{n}次停水，找谁" for n in "一二三四五"]

    assert "张伟" not in [w.word for w in new_words.rising(texts, [], [], 50)]
