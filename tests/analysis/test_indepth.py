from dataclasses import replace

import pytest

from analysis.reports import indepth
from analysis.reports.document import Table
from analysis.reports.measure import characters
from analysis.reports.picture import Own, Promised, Said
from tests.analysis.said_numbers import unfounded
from tests.analysis.sample_picture import AT, HOUR, any_picture, plain_picture, text_of
from tests.analysis.test_flash import CAUSE_WORDS, HARM_WORDS


@pytest.mark.parametrize("seed", range(40))
def test_every_number_of_the_report_is_in_its_data(seed: int) -> None:
    picture = any_picture(seed)
    asked = picture.asked
    voices = sum(a.voices for a in asked), sum(a.voices for a in asked if a.answered_at)
    whole = sum(concern.texts for concern in picture.concerns)
    texts = picture.spread.posts + picture.spread.copies
    late = [o.published_at - o.corrects for o in picture.own if o.correction and o.corrects]
    mean = round(sum(int(t.total_seconds() // 60) for t in late) / len(late)) if late else 0
    sums = (*voices, whole, texts, mean)
    also = [str(n) for n in range(len(asked) + len(picture.steps) + 1)]

    text = text_of(indepth.document(picture))

    fixed = ("未来12小时", "近3小时", "未来24小时")
    assert unfounded(text, (picture, sums), also=(*fixed, *also, "22时05分")) == set()


@pytest.mark.parametrize("seed", range(40))
def test_the_report_says_no_cause_and_no_people_who_came_to_harm(seed: int) -> None:
    text = text_of(indepth.document(any_picture(seed)))
    text = text.replace("伤亡", "")  # a kind of concern is called so

    assert [word for word in (*CAUSE_WORDS, *HARM_WORDS) if word in text] == []


@pytest.mark.parametrize("seed", range(60))
def test_criticism_has_at_least_its_true_share(seed: int) -> None:
    text = text_of(indepth.document(any_picture(seed)))

    assert "报喜不报忧自查" in text
    assert "低于实际占比，应补列" not in text.replace("不低于实际占比", "")


def test_a_promise_kept_late_tells_the_minutes() -> None:
    promised = (
        Promised("情况通报（续一）", AT - HOUR, AT - HOUR / 2),
        Promised("情况通报（续二）", AT + HOUR, None),
    )

    text = text_of(indepth.document(plain_picture(promised=promised)))

    assert "承诺再次通报2项，按时0项" in text
    assert "迟30分钟" in text
    assert "未到期" in text


def test_the_first_statement_is_told_with_its_minutes() -> None:
    first = Own("S000001", "东禾街道积水情况通报", "情况通报（首发）", AT - HOUR)
    picture = plain_picture(own=(first,), confirmed_at=AT - HOUR * 2)

    assert "自6月17日 20:05起用时60分钟" in text_of(indepth.document(picture))


def test_a_settled_claim_shows_its_verdict_and_evidence_and_an_open_one_does_not() -> None:
    claim = Said("C000001", "柏舟桥：断裂", AT, AT, 9, 8, "不实", "桥体未断裂", ("E3",), AT)
    waiting = replace(claim, verdict="核实中", judged_at=None, evidence=(), outcome="")

    text = text_of(indepth.document(plain_picture(said=(waiting, claim))))

    assert "柏舟桥：断裂：不实（E3）。桥体未断裂。" in text
    assert "E3 现场核查记录（两人以上）" in text


def test_rows_that_do_not_fit_are_counted() -> None:
    picture = any_picture(3)
    many = tuple(replace(picture.asked[0]) for _ in range(1))
    facts = plain_picture().facts * 9
    document = indepth.document(replace(picture, facts=facts, asked=many))

    (table,) = [b for b in document.blocks if isinstance(b, Table) and b.caption == "已核实的事实"]

    assert len(table.rows) + table.more == len(facts)


@pytest.mark.parametrize("seed", range(60))
def test_a_report_has_at_most_three_thousand_characters(seed: int) -> None:
    assert characters(indepth.document(any_picture(seed)).blocks) <= indepth.MOST_CHARACTERS
