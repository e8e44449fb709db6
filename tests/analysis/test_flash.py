from dataclasses import replace

import pytest

from analysis.reports import flash
from analysis.reports.document import Chart
from analysis.reports.picture import BLANK, Confirmed
from tests.analysis.said_numbers import unfounded
from tests.analysis.sample_picture import AT, HOUR, any_picture, plain_picture, text_of

CAUSE_WORDS = ("系因", "由于", "导致", "初步判断", "造成")
HARM_WORDS = ("死亡", "遇难", "受伤", "失联", "伤亡")


@pytest.mark.parametrize("seed", range(60))
def test_a_brief_is_at_most_four_hundred_characters(seed: int) -> None:
    assert 100 < flash.length(any_picture(seed)) <= flash.MOST_CHARACTERS


@pytest.mark.parametrize("seed", range(60))
def test_every_number_of_a_brief_is_in_its_data(seed: int) -> None:
    picture = any_picture(seed)
    counts = [str(n) for n in range(max(len(picture.facts), len(picture.asked)) + 1)]

    found = unfounded(text_of(flash.document(picture)), picture, also=["近1小时", *counts])

    assert found == set()


def test_a_number_that_is_not_in_the_data_would_be_found() -> None:
    assert unfounded("转移3141592人", plain_picture()) == {"3141592"}


@pytest.mark.parametrize("seed", range(40))
def test_no_brief_says_a_cause_or_people_who_came_to_harm(seed: int) -> None:
    text = text_of(flash.document(any_picture(seed)))

    assert "原因正在调查" in text
    assert [word for word in (*CAUSE_WORDS, *HARM_WORDS) if word in text] == []


def test_facts_and_talk_stand_in_separate_paragraphs() -> None:
    lines = text_of(flash.document(plain_picture())).splitlines()

    (facts,) = [line for line in lines if "（已核实）" in line]
    (talk,) = [line for line in lines if "（未核实）" in line]
    assert "核实中" not in facts
    assert "截至" not in talk


def test_without_a_confirmed_fact_the_brief_says_so() -> None:
    text = text_of(flash.document(plain_picture(facts=())))

    assert "截至6月17日 22:05，暂无责任单位确认信息。" in text


def test_every_fact_tells_its_moment_and_who_confirms_it() -> None:
    fact = Confirmed(
        "F000001", "全县转移人数", "942人", AT - HOUR, "澄川县防汛抗旱指挥部", ("E000001",)
    )

    text = text_of(flash.document(plain_picture(facts=(fact,))))

    assert "全县转移人数942人（截至6月17日 21:05，澄川县防汛抗旱指挥部）" in text


@pytest.mark.parametrize("seed", range(20))
def test_what_is_left_out_is_told(seed: int) -> None:
    picture = any_picture(seed)
    text = text_of(flash.document(picture))
    shown = sum(claim.name in text for claim in picture.open_claims)

    assert not picture.open_claims or f"主要说法{len(picture.open_claims)}条" in text
    assert shown >= min(1, len(picture.open_claims))


def test_only_people_fill_in_number_and_names() -> None:
    document = flash.document(plain_picture())

    assert document.head == (f"舆情快报　第{BLANK}期", f"编制：{BLANK}　核稿：{BLANK}")


def test_a_first_statement_that_is_late_is_called_late() -> None:
    picture = plain_picture(first_due=AT - HOUR)

    assert "首发应于21:05前（已超时）" in text_of(flash.document(picture))


def test_a_brief_holds_one_chart_and_equal_data_give_an_equal_document() -> None:
    one, two = flash.document(plain_picture()), flash.document(plain_picture())

    assert one == two
    assert sum(isinstance(block, Chart) for block in one.blocks) == 1


def test_a_drill_is_called_one() -> None:
    picture = replace(plain_picture(), drill=True)

    assert flash.document(picture).title.startswith("【演练】")
