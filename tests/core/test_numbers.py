from decimal import Decimal

import pytest

from core.numbers import chinese_number, quantities


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("死3人", "3", "人"),
        ("死三十人", "30", "人"),
        ("三千二百余人受灾", "3200", "人"),
        ("转移3.2千人", "3200.0", "人"),
        ("转移３２００人", "3200", "人"),
        ("转移1,806人", "1806", "人"),
        ("水位86.42米", "86.42", "米"),
        ("白菜38元", "38", "元"),
        ("停水三天", "3", "天"),
        ("约9200户停水", "9200", "户"),
        ("十二万人", "120000", "人"),
        ("损失两亿元", "200000000", "元"),
        ("一家三口", "3", "口"),
        ("两百一十栋", "210", "栋"),
    ],
)
def test_a_quantity_is_read_in_any_script(text: str, value: str, unit: str) -> None:
    (found,) = [q for q in quantities(text) if q.unit == unit]

    assert found.value == Decimal(value)
    assert text[found.start : found.end].endswith(unit)


@pytest.mark.parametrize("text", ["2号泵停了", "", "没有数字", "人人都说"])
def test_what_is_no_quantity_is_left_out(text: str) -> None:
    assert quantities(text) == []


def test_a_bound_is_not_taken_for_a_count() -> None:
    assert quantities("三千多人")[0].approximate
    assert not quantities("三千人")[0].approximate


@pytest.mark.parametrize("text", ["", "人", "万", "三人"])
def test_what_is_no_numeral_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="numeral"):
        chinese_number(text)
