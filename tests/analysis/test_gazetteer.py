import pytest

from analysis.gazetteer import Gazetteer, UncertainPlace, place_mentions
from core.directory import Directory, Place, Unit

WEST = Place(name="解放路", kind="road", town="河西镇")
EAST = Place(name="解放路", kind="road", town="河东镇")
FAR = Place(name="东门街", kind="street", outside=True)
HERE = Place(name="东门街", kind="street", town="河东镇")
RESERVOIR = Place(name="青龙水库", kind="reservoir", also=("青龙湖",), town="河西镇")
PLACES = (
    Place(name="河西镇", kind="town"),
    Place(name="河东镇", kind="town"),
    Place(name="外乡景区", kind="scenic", outside=True),
    RESERVOIR,
    Place(name="青龙", kind="village", town="河西镇"),
)


def _gazetteer(*more: Place, units: tuple[Unit, ...] = ()) -> Gazetteer:
    return Gazetteer(Directory(places=(*PLACES, *more), units=units))


def test_the_longest_name_wins_and_other_names_count() -> None:
    found = _gazetteer().find("青龙湖满了，青龙水库也满了")

    assert found == ((RESERVOIR, 0, 3), (RESERVOIR, 6, 10))


def test_a_name_inside_a_longer_one_that_does_not_match_is_still_found() -> None:
    longer = Place(name="城北青龙水库管理处", kind="office")

    found = _gazetteer(longer).find("城北青龙水库管理房淹了")

    assert [p.name for p, _, _ in found] == ["青龙水库"]


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("河西镇解放路淹了", "河西镇"),
        ("河东镇解放路淹了", "河东镇"),
        ("青龙水库旁边的解放路淹了", "河西镇"),
        ("解放路淹了", None),
    ],
)
def test_a_shared_name_goes_to_the_town_named_beside_it(text: str, town: str | None) -> None:
    found = {p.name: p for p, _, _ in _gazetteer(WEST, EAST).find(text)}

    assert found["解放路"].town == town
    assert isinstance(found["解放路"], UncertainPlace) is (town is None)


@pytest.mark.parametrize(
    ("text", "uncertain"),
    [("外乡景区的东门街涨水", False), ("河东镇东门街涨水", False), ("东门街涨水", True)],
)
def test_a_place_that_may_lie_elsewhere_is_taken_as_ours_and_marked(text, *, uncertain) -> None:
    (*_, (place, _, _)) = _gazetteer(FAR, HERE).find(text)

    assert isinstance(place, UncertainPlace) is uncertain
    assert uncertain is False or not place.outside


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("外乡景区的东门街涨水", True),
        ("河东镇东门街涨水", False),
        ("东门街涨水", False),
        ("外乡景区下大雨了，还开吗", True),
        ("日本地震了", True),
        ("日本料理店着火了", False),
        ("天气真好", False),
    ],
)
def test_outside_means_a_far_place_and_none_of_ours(text: str, *, outside: bool) -> None:
    assert _gazetteer(FAR, HERE).outside(text) is outside


def test_another_county_is_outside_once_ours_is_known() -> None:
    ours = Unit(id="gov", name="河川县人民政府", kind="gov_office")

    assert _gazetteer(units=(ours,)).outside("石门县下冰雹了")
    assert not _gazetteer(units=(ours,)).outside("河川县下冰雹了")
    assert not _gazetteer(units=(ours,)).outside("全县都停电了")
    assert not _gazetteer().outside("石门县下冰雹了")


def test_an_empty_directory_finds_nothing_and_says_nothing_is_outside() -> None:
    nothing = Gazetteer(Directory())

    assert nothing.find("青龙水库") == ()
    assert not nothing.outside("青龙水库")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("听说平安路着火了", ("平安路",)),
        ("青龙山隧道塌了，白马河大桥也封了", ("青龙山隧道", "白马河大桥")),
        ("住在幸福小区的注意", ("幸福小区",)),
        ("我们小区停电了", ()),
        ("这条路堵死了", ()),
        ("超市的菜涨价了", ()),
        ("全县停课", ()),
        ("石门镇的临江村淹了", ("石门镇", "临江村")),
        ("红星化工厂爆炸，平安路封了", ("红星化工厂", "平安路")),
    ],
)
def test_places_are_known_by_their_look_without_a_gazetteer(
    text: str, places: tuple[str, ...]
) -> None:
    assert place_mentions(text) == places
