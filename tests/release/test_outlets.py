import re
import xml.etree.ElementTree as ET

import feedparser
import pytest

from core.database import reading, transaction
from release import journal, note, store
from release.outlets import DeliveryError
from release.outlets.folder import names_in, write_site
from release.outlets.page import BUNDLE, render_site
from release.outlets.reading import read_log
from release.records import Checkpoint
from tests.release import log_world as world


def render(entries) -> dict[str, bytes]:
    tree = journal.tree_of(entries)
    text = note.checkpoint_text(world.ORIGIN, len(entries), tree.root())
    head = Checkpoint(len(entries), tree.root(), note.sign(text, world.ORIGIN, world.KEY))
    return render_site(entries, head, public_url=world.URL)


@pytest.fixture(scope="module")
def entries():
    engine = world.build()
    with transaction(engine) as session:
        world.publish_story(session)
    with reading(engine) as session:
        found = store.all_entries(session)
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def site(entries):
    return render(entries)


def page(site, name) -> str:
    return site[name].decode()


def test_the_same_log_gives_the_same_site(site, entries) -> None:
    assert render(entries) == site


def test_the_newest_text_stands_first_and_every_text_is_linked(site) -> None:
    index = page(site, "index.html")
    places = [index.index(f'href="s/S{n:06d}.html"') for n in (6, 5, 4)]
    assert places == sorted(places)
    for number in range(1, 7):
        assert f"s/S{number:06d}.html" in index


def test_the_promised_update_is_shown_in_beijing_time(site) -> None:
    assert "2031年6月17日 14:20" in page(site, "index.html")
    assert "北京时间" in page(site, "index.html")


def test_a_corrected_text_stays_readable_struck_and_points_to_its_correction(site) -> None:
    old, new = page(site, "s/S000002.html"), page(site, "s/S000003.html")
    assert "本文已更正" in old
    assert 'href="../s/S000003.html"' in old
    assert "电话号码写反" in old
    assert "<del>县防汛指挥部已启动应急响应。" in old
    assert "本文更正" in new
    assert 'href="../s/S000002.html"' in new


def test_a_withdrawn_text_stays_at_its_address_with_the_reason(site) -> None:
    old = page(site, "s/S000004.html")
    assert "本文已撤回" in old
    assert "内容有误" in old
    assert "<del>" in old


def test_an_updated_text_is_marked_but_not_struck(site) -> None:
    old = page(site, "s/S000001.html")
    assert "本文已更新" in old
    assert "<del>" not in old


def test_corrections_are_counted_in_public(site) -> None:
    index = re.sub(r"\s+", "", page(site, "index.html"))
    assert "<dt>更正</dt><dd>1</dd>" in index
    assert "<dt>撤回</dt><dd>1</dd>" in index


def test_no_page_runs_a_script_or_asks_another_site_for_anything(site) -> None:
    for name, content in site.items():
        if not name.endswith(".html"):
            continue
        text = content.decode()
        assert "default-src 'none'; style-src 'self'" in text
        assert "<script" not in text
        assert "http://" not in text
        assert "https://" not in text
        assert not re.search(r"\s(on\w+|style)=", text)


def test_every_link_leads_to_a_file_of_the_site(site) -> None:
    followed = 0
    for name, content in site.items():
        if name.endswith(".html"):
            for target in re.findall(r'href="([^"#]+)', content.decode()):
                path = target.removeprefix("../") if name.startswith("s/") else target
                assert path in site, (name, target)
                followed += 1
    assert followed > 50


def test_markup_in_a_text_is_shown_and_not_obeyed() -> None:
    engine = world.build(guarded=False)
    hostile = "<img src=x onerror=alert(1)>"
    with transaction(engine) as session:
        world.signed(session, title=hostile, text=f"{hostile}。")
        world.publish(session)
        entries = store.all_entries(session)
    engine.dispose()
    for name, content in render(entries).items():
        if name.endswith((".html", ".xml")):
            assert hostile.encode() not in content


def test_the_page_names_no_officer(site) -> None:
    for name, content in site.items():
        for person_id in world.PEOPLE:
            assert f"姓名{person_id}".encode() not in content, name


def test_a_drill_says_so_on_every_page() -> None:
    engine = world.build()
    with transaction(engine) as session:
        journal.start_log(
            session,
            now=world.NOON,
            office=world.OFFICE,
            origin=world.ORIGIN,
            key=world.KEY,
            drill=True,
        )
        world.signed(session)
        world.publish(session)
        files = render(store.all_entries(session))
    engine.dispose()
    for name, content in files.items():
        if name.endswith(".html"):
            assert "不是真实发布" in content.decode()
            assert re.search(r"<title>\s*【演练】", content.decode())
    assert "【演练】" in files["feed.xml"].decode()


def test_a_log_without_releases_has_a_page() -> None:
    engine = world.build()
    with transaction(engine) as session:
        journal.start_log(
            session, now=world.NOON, office=world.OFFICE, origin=world.ORIGIN, key=world.KEY
        )
        files = render(store.all_entries(session))
    engine.dispose()
    assert "尚无发布" in files["index.html"].decode()


def test_the_feed_keeps_ids_and_shows_corrections_again(site, entries) -> None:
    ET.fromstring(site["feed.xml"])  # noqa: S314  our own bytes
    feed = feedparser.parse(site["feed.xml"])
    earlier = feedparser.parse(render(entries[:4])["feed.xml"])
    by_link = {entry.link: entry for entry in feed.entries}
    corrected = by_link[f"{world.URL}s/S000002.html"]

    assert not feed.bozo
    assert feed.entries[0].link == f"{world.URL}s/S000006.html"
    assert corrected.title.startswith("【已更正】")
    assert corrected.updated > corrected.published
    assert {e.id for e in earlier.entries} <= {e.id for e in feed.entries}
    assert len({e.id for e in feed.entries}) == 6


def test_entries_are_bundled_by_256() -> None:
    engine = world.build(guarded=False)
    with transaction(engine) as session:
        journal.start_log(
            session, now=world.NOON, office=world.OFFICE, origin=world.ORIGIN, key=world.KEY
        )
        fields = journal.envelope({"note": "校时"}, office=world.OFFICE, origin=world.ORIGIN)
        for _ in range(BUNDLE):
            journal.append(session, type=journal.LeafType.CLOCK, time=world.NOON, content=fields)
        files = render(store.all_entries(session))
    engine.dispose()
    assert files["log/entries/000000.jsonl"].count(b"\n") == BUNDLE
    assert files["log/entries/000001.jsonl"].count(b"\n") == 2
    assert b"log/entries/000001.jsonl" in files["log.html"]


def test_an_empty_log_has_no_page() -> None:
    with pytest.raises(ValueError, match="empty"):
        read_log([])


def test_writing_again_writes_nothing_and_removes_strays(tmp_path, site) -> None:
    folder = tmp_path / "public"
    assert write_site(site, folder) == len(site)
    (folder / "s/forged.html").write_text("假")

    assert write_site(site, folder) == 0
    assert names_in(folder) == sorted(site)


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("robots.txt", True),
        ("favicon.ico", True),
        (".well-known/security.txt", True),
        ("baidu_verify_abc.html", True),
        ("s/S000099.html", False),
        ("log/entries/000009.jsonl", False),
        ("log/proof/99.tlog-proof", False),
        (".draft-index.html", False),
        ("s/.draft-S000001.html", False),
    ],
)
def test_writing_removes_only_what_a_rendering_could_have_made(tmp_path, site, name, stays):
    folder = tmp_path / "public"
    write_site(site, folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("放在这里")

    write_site(site, folder)

    assert (folder / name).exists() is stays


def test_writing_mends_a_page_that_was_edited(tmp_path, site) -> None:
    folder = tmp_path / "public"
    write_site(site, folder)
    (folder / "index.html").write_text("改过")
    assert write_site(site, folder) == 1


def test_the_public_folder_never_goes_backwards(tmp_path, site, entries) -> None:
    folder = tmp_path / "public"
    write_site(site, folder)
    with pytest.raises(DeliveryError, match="older database"):
        write_site(render(entries[:5]), folder)
    assert (folder / "log/checkpoint").read_bytes() == site["log/checkpoint"]


def test_another_history_is_not_written_over_the_published_one(tmp_path, entries) -> None:
    folder = tmp_path / "public"
    write_site(render(entries[:5]), folder)
    engine = world.build()
    with transaction(engine) as session:
        world.publish_story(session, 2)
        world.signed(session, "S000003", title="另一种历史", now=world.NOON.replace(hour=9))
        world.publish(session, "S000003", now=world.NOON.replace(hour=9))
        other = render(store.all_entries(session))
    engine.dispose()
    with pytest.raises(DeliveryError, match="not the beginning of ours"):
        write_site(other, folder)


def test_a_folder_with_other_peoples_files_is_left_alone(tmp_path, site) -> None:
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(DeliveryError, match="thesis"):
        write_site(site, tmp_path)
    assert names_in(tmp_path) == ["thesis.docx"]


def test_a_damaged_head_is_not_written_over(tmp_path, site) -> None:
    folder = tmp_path / "public"
    write_site(site, folder)
    (folder / "log/checkpoint").write_text("damaged")
    with pytest.raises(DeliveryError, match="not a checkpoint"):
        write_site(site, folder)
