from pathlib import Path

import pytest

from core.directory import Directory, Unit, load_directory
from core.errors import HuiyingError


def test_without_a_file_the_directory_is_empty(tmp_path: Path) -> None:
    assert load_directory(tmp_path / "directory.toml") == Directory()


def test_an_account_of_a_unit_is_official_and_any_other_is_not() -> None:
    directory = Directory(
        units=(Unit(id="water", name="水利局", kind="water_bureau", accounts=("水利发布",)),)
    )

    assert directory.issuer_of("水利发布") == "water"
    assert directory.issuer_of("路人甲") is None
    assert directory.issuer_of(None) is None


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('[[units]]\nid = "A B"\nname = "水利局"\nkind = "x"', "units.0.id"),
        ('[[units]]\nid = "a"\nname = "水利局"\nkind = "x"\ncolour = "red"', "colour"),
        ("[[units]", "directory.toml"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, line: str, named: str) -> None:
    (tmp_path / "directory.toml").write_text(line, encoding="utf-8")

    with pytest.raises(HuiyingError, match=named):
        load_directory(tmp_path / "directory.toml")
