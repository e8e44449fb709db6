"""Zip files that strangers packed: whole and safe, or refused whole."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable

import pytest

from crawler.unpacking import MAX_ZIP_MEMBERS, UnpackError, Zip, shown


def packed(
    *members: tuple[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None
) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, body in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            out.writestr(info, body)
    return made.getvalue()


def opened(data: bytes) -> Zip:
    return Zip(io.BytesIO(data))


def test_a_plain_zip_gives_its_members_in_order() -> None:
    made = packed(("b.html", b"<p>b</p>"), ("图/a.css", b"x" * 300_000), ("空/", b""))

    found = opened(made)

    assert found.names == ("b.html", "图/a.css")
    assert found.read("b.html") == b"<p>b</p>"
    assert found.read("图/a.css") == b"x" * 300_000
    assert [len(chunk) <= 65_536 for chunk in found.chunks("图/a.css")] == [True] * 5


def test_names_that_windows_wrote_in_gbk_are_read() -> None:
    made = packed(("aaaa.html", b"x")).replace(b"aaaa.html", "热线".encode("gbk") + b".html")

    assert opened(made).names == ("热线.html",)


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "a/../../x",
        "/x",
        "a//b",
        "C:/x",
        "C:x",
        "a\\..\\b",
        "./x",
        ".. /x",
        "a\nb",
        "a\u202eb",
        "x" * 201,
        " ",
    ],
)
def test_one_unsafe_name_refuses_the_whole_archive(name: str) -> None:
    with pytest.raises(UnpackError, match="文件名不安全"):
        opened(packed(("ok.html", b"ok"), (name, b"x")))


def test_a_name_cut_by_a_nul_is_refused() -> None:
    made = packed(("aXb.html", b"x")).replace(b"aXb.html", b"a\0b.html")

    with pytest.raises(UnpackError, match="文件名不安全"):
        opened(made)


@pytest.mark.parametrize("other", ["a.html", "A.HTML", "A.html/", "ａ.html"])
def test_two_members_of_one_name_are_refused(other: str) -> None:
    stand_in = "b" * len(other.encode())
    made = packed(("a.html", b"1"), (stand_in, b"")).replace(stand_in.encode(), other.encode())

    with pytest.raises(UnpackError, match="重复"):
        opened(made)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(kind: int) -> None:
    def special(info: zipfile.ZipInfo) -> None:
        info.create_system = 3
        info.external_attr = (kind | 0o777) << 16

    with pytest.raises(UnpackError, match="链接或特殊文件"):
        opened(packed(("a.html", b"/etc/passwd"), change=special))


def test_a_bomb_is_refused_by_its_ratio_and_by_its_size() -> None:
    with pytest.raises(UnpackError, match="压缩比超过 100:1"):
        opened(packed(("a.txt", b"\0" * 8_000_000)))
    with pytest.raises(UnpackError, match="解压后超过"):
        Zip(io.BytesIO(packed(("a.txt", b"ab" * 500), ("b.txt", b"ab" * 500))), most=1500)


def test_a_header_that_says_less_than_there_is_does_not_help() -> None:
    made = bytearray(packed(("a.txt", bytes(range(256)) * 4_000)))
    for sign, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = made.index(sign)
        made[place + at : place + at + 4] = struct.pack("<L", 10)

    with pytest.raises(UnpackError, match="超过声明的 10 字节"):
        opened(bytes(made)).read("a.txt")


def test_a_damaged_member_is_refused() -> None:
    made = bytearray(packed(("a.txt", bytes(range(256)) * 40)))
    made[made.index(b"a.txt") + 20] ^= 0xFF

    with pytest.raises(UnpackError, match=r"损坏|不完整|超过"):
        opened(bytes(made)).read("a.txt")


def test_a_password_and_a_strange_method_are_told() -> None:
    made = bytearray(packed(("a.txt", b"x" * 50)))
    place = made.index(b"PK\x01\x02")

    locked, strange = bytearray(made), bytearray(made)
    locked[place + 8] |= 1
    strange[place + 10] = 14
    for data, reason in ((locked, "密码"), (strange, "压缩方式")):
        with pytest.raises(UnpackError, match=reason):
            opened(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"PK\x05\x06" + b"\0" * 10,
        packed(("a.txt", b"x"))[:-5],
        packed(("a.txt", b"x")) + b"trailing",
        b"prefix" + packed(("a.txt", b"x")),
        packed(("a.txt", b"x")).replace(b"PK\x01\x02", b"PK\x01\x09"),
    ],
)
def test_what_is_no_whole_zip_is_refused(data: bytes) -> None:
    with pytest.raises(UnpackError):
        opened(data)


def test_too_many_members_are_refused_before_they_are_listed() -> None:
    many = packed(*((f"{n}.txt", b"") for n in range(MAX_ZIP_MEMBERS + 1)))

    with pytest.raises(UnpackError, match=f"超过 {MAX_ZIP_MEMBERS} 个"):
        opened(many)


def test_the_long_form_that_java_writes_is_read() -> None:
    made = packed(("a.txt", b"abc"))
    end = made.rindex(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HLL", made, end + 10)
    long_end = struct.pack(
        "<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)

    assert opened(made[:end] + long_end + locator + made[end:]).read("a.txt") == b"abc"


def test_members_that_lie_over_one_another_are_refused() -> None:
    made = bytearray(packed(("a.txt", b"x" * 100), ("b.txt", b"x" * 100)))
    for place in (made.index(b"PK\x01\x02"), made.rindex(b"PK\x01\x02")):
        made[place + 20 : place + 24] = struct.pack("<L", len(made))

    with pytest.raises(UnpackError, match="重叠"):
        opened(bytes(made))


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("热线.csv", "热线.csv"),
        ("a\nb\x1b[0m\u202e", "a?b?[0m?"),
        ("x" * 300, "x" * 60 + "…" + "x" * 19),
    ],
)
def test_a_name_that_is_shown_is_one_short_line(name: str, seen: str) -> None:
    assert shown(name) == seen
