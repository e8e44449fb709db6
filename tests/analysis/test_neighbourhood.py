"""A call for help is placed to the estate, the village or the road, and never nearer."""

import re

import pytest

from analysis.gazetteer import Gazetteer
from analysis.needs import needs_of
from analysis.neighbourhood import neighbourhood, place_of
from core.directory import Directory, Place

CASES = [
    ("幸福小区3栋2单元501室老人被困", "幸福小区"),
    ("求助！柳汀镇大垄村四组12号，老人被困", "柳汀镇 大垄村"),
    ("东禾花园5栋一楼进水，家里老人腿脚不便", "东禾花园"),
    ("建业路12号院有孕妇快生了", "建业路"),
    ("平安巷7号被困", "平安巷"),
    ("李家庄村三组张建国家被困 13800138000", "李家庄村"),
    ("五楼幸福里", "幸福里"),
    ("住在锦绣家园A座1203", "锦绣家园"),
    ("翠竹苑十七栋三单元四零二", "翠竹苑"),
    ("新华东街新风里12号", "新华东街 新风里"),
    ("家住金水湾花园2-1-301", "金水湾花园"),
    ("市民张先生反映城关街道西门社区二单元301老人摔倒", "城关街道 西门社区"),
    ("石桡乡老鹰湾几户被困", "石桡乡 老鹰湾"),
    ("去槐陌镇路断了救命", "槐陌镇"),
    ("救命 水进屋了家里老人下不来", None),
    ("冰雹砸窗户上噼里啪啦", None),
    ("求助没路了出不去", None),
    ("隧道里困了三个人", None),
    ("３栋２单元５０１", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "place"), CASES)
def test_a_text_is_placed_by_the_look_of_names(text: str, place: str | None) -> None:
    assert neighbourhood(text) == place


DOORS = [
    f"{number}{block}{rest}"
    for number in ("3", "12", "十七", "３")
    for block in ("栋", "号楼", "幢", "座", "单元", "号", "楼")
    for rest in ("2单元501室", "三单元四零二", "501", "302室", "")
]


NARROW = re.compile(r"[\d０-９栋幢座室楼]|单元|[一二三四五六七八九十]+号")


@pytest.mark.parametrize("name", ["幸福小区", "大垄村", "西门社区", "翠竹苑", "平安巷", "建业路"])
def test_no_house_unit_or_door_number_is_ever_part_of_a_place(name: str) -> None:
    for door in DOORS:
        for text in (f"求助，{name}{door}老人被困", f"求助，{door}{name}有人被困，{door}"):
            place = neighbourhood(text)

            assert place is None or name in place
            assert NARROW.search(place or "") is None


def test_a_very_long_text_is_placed_in_no_time() -> None:
    assert neighbourhood("幸福小区" + "3栋2单元501室" * 2_000) == "幸福小区"


KNOWN = Gazetteer(
    Directory(
        places=(
            Place(name="澄川县", kind="county"),
            Place(name="东禾街道", kind="town"),
            Place(name="东禾花园", kind="estate", town="东禾街道"),
            Place(name="第三小学", kind="school"),
            Place(name="云岚山", kind="elsewhere", outside=True),
            Place(name="西村", kind="village", town="柳镇"),
            Place(name="西村", kind="village", town="白镇"),
        )
    )
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("澄川县东禾花园3栋501被困", "东禾街道 东禾花园"),
        ("澄川县第三小学有人被困", "第三小学"),
        ("澄川县幸福小区有人被困", "幸福小区"),
        ("澄川县有人被困", "澄川县"),
        ("西村有人被困", "西村（同名地点，待核实）"),
        ("云岚山有人被困", None),
        ("有人被困", None),
    ],
)
def test_a_known_home_comes_before_what_is_cut_out_and_that_before_other_places(
    text: str, place: str | None
) -> None:
    assert place_of(text, KNOWN) == place


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("老人被困二楼", "被困"),
        ("孕妇快生了，路断了出不去", "被困、送医"),
        ("老人要打胰岛素，哪家药房开门", "缺药"),
        ("老人缺藥", "缺药"),
        ("孩子断奶粉两天，没吃的", "物资"),
        ("爸爸电话打不通，失联了", "失联"),
        ("三中还收人吗", "转移安置"),
        ("求助", "其他"),
    ],
)
def test_what_is_lacking_is_told_by_words(text: str, needs: str) -> None:
    assert "、".join(need.label for need in needs_of(text)) == needs
