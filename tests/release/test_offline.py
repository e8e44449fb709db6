import random
import shutil
from datetime import timedelta

import pytest

from core.database import reading, transaction
from release import entries as formats
from release import journal, note, store
from release.offline import VerifyStatus, verify
from release.outlets.folder import lines_of, write_site
from release.outlets.page import render_site
from release.records import Checkpoint, Entry
from tests.release import log_world as world

VKEY = note.verifier_key(world.ORIGIN, world.KEY)
BUNDLE = "log/entries/000000.jsonl"


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Return a folder with a published log of eight entries, and an older head of four."""
    engine = world.build()
    with transaction(engine) as session:
        world.publish_story(session, 2)
        older = store.last_checkpoint(session)
    with transaction(engine) as session:
        _publish_rest(session)
    with reading(engine) as session:
        entries, head = store.all_entries(session), store.last_checkpoint(session)
    engine.dispose()
    folder = tmp_path_factory.mktemp("public") / "site"
    write_site(render_site(entries, head, public_url=world.URL), folder)
    since = folder.parent / "since"
    since.write_text(older.note, encoding="utf-8")
    return folder, entries, since


def _publish_rest(session) -> None:
    now = world.NOON + timedelta(hours=1)
    for number in (3, 4, 5, 6):
        world.signed(session, f"S{number:06d}", title=f"第{number}号", now=now)
        world.publish(session, f"S{number:06d}", now=now)


@pytest.fixture
def folder(story, tmp_path):
    copy = tmp_path / "site"
    shutil.copytree(story[0], copy)
    return copy


def signed_by_thief(entries: list[Entry], key=world.KEY) -> dict[str, bytes]:
    """Return a whole site for *entries*, whatever they are, under a fresh signature."""
    tree = journal.tree_of(entries)
    text = note.checkpoint_text(world.ORIGIN, len(entries), tree.root())
    head = Checkpoint(len(entries), tree.root(), note.sign(text, world.ORIGIN, key))
    return render_site(entries, head, public_url=world.URL)


def replace_all(folder, files) -> None:
    shutil.rmtree(folder)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_the_untouched_folder_verifies(story, folder) -> None:
    report = verify(folder, vkey=VKEY, since=story[2])

    assert report.status is VerifyStatus.OK, report.problems
    assert (report.entries, report.releases, report.proofs) == (8, 6, 8)
    assert report.files == sum(path.is_file() for path in folder.rglob("*"))


def test_without_a_key_it_says_where_the_key_came_from(folder) -> None:
    report = verify(folder, vkey=None)
    assert report.status is VerifyStatus.OK
    assert "密钥取自同一文件夹，请与公布的公钥核对" in report.notes


def _edit(lines):
    changed = list(lines)
    changed[3] = changed[3].replace("第2号".encode(), "第8号".encode())
    return changed


CHANGES = {
    "an edit": _edit,
    "an insertion": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "a deletion": lambda lines: [*lines[:3], *lines[4:]],
    "a reordering": lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]],
    "a cut tail": lambda lines: lines[:-2],
    "an added tail": lambda lines: [*lines, lines[-1]],
    "an empty log": lambda lines: lines[:1],
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_log_does_not_verify(folder, name) -> None:
    bundle = folder / BUNDLE
    lines = bundle.read_bytes()[:-1].split(b"\n")
    changed = CHANGES[name](lines)
    assert changed != lines
    bundle.write_bytes(b"\n".join(changed) + b"\n")

    report = verify(folder, vkey=VKEY)

    assert report.status is VerifyStatus.DOES_NOT_VERIFY
    assert report.problems


def test_a_tail_cut_together_with_its_head_is_found_by_an_older_head(story, folder) -> None:
    _, entries, _ = story
    newest = folder.parent / "newest"
    newest.write_bytes((folder / "log/checkpoint").read_bytes())
    replace_all(folder, signed_by_thief(entries[:-2]))

    assert verify(folder, vkey=VKEY).status is VerifyStatus.OK
    report = verify(folder, vkey=VKEY, since=newest)
    assert report.status is VerifyStatus.DOES_NOT_VERIFY
    assert "日志被截短" in report.problems[0]


def test_a_past_rewritten_and_signed_anew_is_found_by_an_older_head(story, folder) -> None:
    _, entries, since = story
    rng = random.Random(7)  # noqa: S311
    found = 0
    for _ in range(20):
        index = rng.randrange(2, 4)
        fields = formats.read_body(entries[index].body).model_dump()
        fields["content"]["title"] = f"改写{rng.random()}"
        fields["content_sha256"] = formats.digest_of(fields["content"])
        forged = Entry(index, entries[index].type, entries[index].time, formats.write_body(fields))
        replace_all(folder, signed_by_thief([*entries[:index], forged, *entries[index + 1 :]]))
        assert verify(folder, vkey=VKEY).status is VerifyStatus.OK
        report = verify(folder, vkey=VKEY, since=since)
        found += report.status is VerifyStatus.DOES_NOT_VERIFY
    assert found == 20


def _strip_approval(fields):
    fields["approvals"] = fields["approvals"][:1]


def _same_approver_twice(fields):
    fields["approvals"][1]["approver"] = fields["approvals"][0]["approver"]


def _no_signer(fields):
    for approval in fields["approvals"]:
        approval["role"] = "office_reviewer"


def _other_content(fields):
    fields["content"]["title"] = "换了"


def _unknown_policy(fields):
    fields["policy"] = "one_person"


def _points_forward(fields):
    fields["supersedes"] = {"statement": "S000001", "seq": 7}


def _points_nowhere(fields):
    fields["supersedes"] = {"statement": "S000009", "seq": 2}
    fields["content"]["supersedes"] = "S000009"
    fields["content_sha256"] = formats.digest_of(fields["content"])


def _points_elsewhere_than_its_content(fields):
    fields["supersedes"] = {"statement": "S000001", "seq": 2}


def _no_such_month(fields):
    fields["time"] = "2031-13-17T00:00:00Z"


def _extra_key(fields):
    fields["name"] = "李"


def _fraction(fields):
    fields["version"] = 1.5


def _earlier(fields):
    fields["time"] = "2001-01-01T00:00:00Z"


def _late_approval(fields):
    fields["approvals"][0]["time"] = "2099-01-01T00:00:00Z"


def _wrong_seq(fields):
    fields["seq"] = 9


def _other_log(fields):
    fields["origin"] = "other.example/log"


def _statement_again(fields):
    fields["statement"] = fields["content"]["statement_id"] = "S000001"
    fields["content_sha256"] = formats.digest_of(fields["content"])


@pytest.mark.parametrize(
    "change",
    [
        _strip_approval,
        _same_approver_twice,
        _no_signer,
        _other_content,
        _unknown_policy,
        _points_forward,
        _points_nowhere,
        _points_elsewhere_than_its_content,
        _no_such_month,
        _extra_key,
        _fraction,
        _earlier,
        _late_approval,
        _wrong_seq,
        _other_log,
        _statement_again,
    ],
)
def test_an_entry_that_breaks_the_rules_is_found_even_when_the_office_signed_it(
    story, folder, change
) -> None:
    _, entries, _ = story
    fields = formats.read_body(entries[5].body).model_dump()
    change(fields)
    body = formats.rfc8785.dumps(fields)
    lines = [*(e.body for e in entries[:5]), body, *(e.body for e in entries[6:])]
    _publish_lines(folder, lines)

    report = verify(folder, vkey=VKEY)

    assert report.status is VerifyStatus.DOES_NOT_VERIFY
    assert not any("签名" in problem for problem in report.problems)


def _publish_lines(folder, lines) -> None:
    """Sign *lines* as the log, with right proofs."""
    tree = journal.tlog.Tree(map(journal.tlog.leaf_hash, lines))
    text = note.checkpoint_text(world.ORIGIN, len(tree), tree.root())
    head = note.sign(text, world.ORIGIN, world.KEY)
    (folder / "log/checkpoint").write_text(head, encoding="utf-8")
    (folder / BUNDLE).write_bytes(b"\n".join(lines) + b"\n")
    for index in range(len(lines)):
        proof = note.make_proof(index, tree.inclusion(index, len(tree)), head)
        (folder / f"log/proof/{index}.tlog-proof").write_text(proof, encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b"not json",
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b"\xff\xfe",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":NaN}',
        b'"' + b"x" * 300_000 + b'"',
    ],
    ids=range(10),
)
def test_a_line_that_is_no_entry_is_named_and_nothing_crashes(story, folder, line) -> None:
    _, entries, _ = story
    _publish_lines(folder, [*(e.body for e in entries), line])

    report = verify(folder, vkey=VKEY)

    assert report.status is VerifyStatus.DOES_NOT_VERIFY
    assert "第 8 条" in report.problems[0]


@pytest.mark.parametrize(
    "name", ["index.html", "log.html", "feed.xml", "style.css", "s/S000002.html"]
)
def test_an_edited_page_is_found(folder, name) -> None:
    page = folder / name
    page.write_bytes(page.read_bytes().replace(b"e", b"f", 1))

    report = verify(folder, vkey=VKEY)

    assert report.problems == (f"{name} 与日志重新生成的内容不一致",)


def test_a_page_that_nobody_published_is_found(folder) -> None:
    (folder / "s/S000099.html").write_text("假通报", encoding="utf-8")
    assert verify(folder, vkey=VKEY).problems == ("多出不属于本站的文件 s/S000099.html",)


@pytest.mark.parametrize("name", ["robots.txt", "favicon.ico", ".well-known/security.txt"])
def test_a_file_of_the_operators_is_mentioned_and_proves_nothing(folder, name) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("User-agent: *")

    report = verify(folder, vkey=VKEY)

    assert report.status is VerifyStatus.OK, report.problems
    assert f"文件夹中另有 {name}，不属于日志，未作核对" in report.notes


@pytest.mark.parametrize(
    "name", ["index.htm", "Index.html", "log.php", "S/S000001.html", "s/x.txt"]
)
def test_a_file_that_could_pass_for_ours_does_not_verify(folder, name) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("假通报", encoding="utf-8")

    assert verify(folder, vkey=VKEY).problems == (f"多出不属于本站的文件 {name}",)


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://press.example/", True),
        ("http://127.0.0.1:8000/public/", True),
        ("javascript:alert(1)//", False),
        ("data:text/html,x/", False),
        ("ftp://press.example/", False),
        ("//press.example/", False),
        ("https:///", False),
        ("", False),
    ],
)
def test_the_feed_leads_to_an_http_address(story, folder, address, *, fine) -> None:
    _, entries, _ = story
    head = Checkpoint(len(entries), journal.tree_of(entries).root(), _note_of(folder))
    replace_all(folder, render_site(entries, head, public_url=address))

    report = verify(folder, vkey=VKEY)

    assert (report.status is VerifyStatus.OK) is fine
    assert any("不是 http(s) 网址" in problem for problem in report.problems) is not fine


def _note_of(folder) -> str:
    return (folder / "log/checkpoint").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["index.html", "log/keys", "log/proof/3.tlog-proof"])
def test_a_missing_file_is_found(folder, name) -> None:
    (folder / name).unlink()
    report = verify(folder, vkey=VKEY)
    assert report.status is VerifyStatus.DOES_NOT_VERIFY
    assert any(name in problem for problem in report.problems)


def test_a_missing_head_does_not_verify(folder) -> None:
    (folder / "log/checkpoint").unlink()
    assert verify(folder, vkey=VKEY).status is VerifyStatus.DOES_NOT_VERIFY


def test_another_offices_key_does_not_verify(folder) -> None:
    other = note.verifier_key(world.ORIGIN, world.OTHER_KEY)
    assert verify(folder, vkey=other).status is VerifyStatus.DOES_NOT_VERIFY


def test_a_folder_taken_over_with_another_key_is_found_by_the_known_key(story, folder) -> None:
    _, entries, _ = story
    replace_all(folder, signed_by_thief(entries, world.OTHER_KEY))
    assert verify(folder, vkey=VKEY).status is VerifyStatus.DOES_NOT_VERIFY


@pytest.mark.parametrize(
    ("vkey", "since"),
    [("nonsense", None), (VKEY, "absent"), (VKEY, "site/index.html")],
)
def test_what_cannot_be_checked_is_not_called_broken(folder, tmp_path, vkey, since) -> None:
    given = tmp_path / since if since else None
    assert verify(folder, vkey=vkey, since=given).status is VerifyStatus.CANNOT_CHECK


def test_a_folder_without_a_log_cannot_be_checked(tmp_path) -> None:
    assert verify(tmp_path, vkey=VKEY).status is VerifyStatus.CANNOT_CHECK
    assert verify(tmp_path / "absent", vkey=VKEY).status is VerifyStatus.CANNOT_CHECK


def test_every_sampled_byte_flip_in_the_log_files_is_found(folder) -> None:
    files = sorted(p for p in (folder / "log").rglob("*") if p.is_file())
    places = [(path, at) for path in files for at in range(path.stat().st_size)]
    rng = random.Random(20310617)  # noqa: S311
    sample = rng.sample(places, min(2_000, len(places)))
    missed = []
    for path, at in sample:
        raw = path.read_bytes()
        changed = bytes([raw[at] ^ rng.randrange(1, 256)])
        path.write_bytes(raw[:at] + changed + raw[at + 1 :])
        if verify(folder, vkey=VKEY).status is VerifyStatus.OK:
            missed.append((path.name, at))
        path.write_bytes(raw)

    print(f"byte flips {len(sample)} of {len(places)}, missed {len(missed)}")  # noqa: T201
    assert len(sample) >= 2_000
    assert missed == []
    assert verify(folder, vkey=VKEY).status is VerifyStatus.OK


def test_the_lines_of_a_site_are_its_entries(story) -> None:
    _, entries, _ = story
    files = signed_by_thief(entries)
    assert lines_of(files) == [entry.body for entry in entries]
