"""Verifying a public folder with nothing but its files: no database, no network, no secret.

Three answers: it verifies; it does not, with every problem found; or it cannot be checked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.clock import parse_moment
from core.vocabulary import LeafType
from release import entries as formats
from release import note, tlog
from release.entries import NoticeBody, StatementBody
from release.outlets import folder as public_folder
from release.outlets.page import render_site
from release.records import Checkpoint, Entry

KEYS = "log/keys"
FEED = "feed.xml"
_PRETENDED = frozenset({"s", "log", "index", "style", "feed"})
"""What a name begins with that a reader or a web server may take for one of ours."""
_ADDRESS = re.compile(r"https?://[^\s/]+/(?:\S*/)?")
_SELF_LINK = re.compile(rb'<link href="([^"]*)feed\.xml" rel="self"')


class VerifyStatus(StrEnum):
    """The answer."""

    OK = "ok"
    DOES_NOT_VERIFY = "does_not_verify"
    CANNOT_CHECK = "cannot_check"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found."""

    status: VerifyStatus
    problems: tuple[str, ...] = ()
    """Every problem, in Chinese; empty only when ``status`` is ok."""
    notes: tuple[str, ...] = ()
    """What the reader should know even if all is well."""
    origin: str = ""
    entries: int = 0
    releases: int = 0
    """Entries that are releases, corrections or withdrawals."""
    proofs: int = 0
    """Proof files that were verified."""
    files: int = 0
    """Files that equal what the entries render to."""


class _CannotCheckError(Exception):
    pass


class _BrokenError(Exception):
    """The log is broken so early that nothing further can be compared."""


def verify(folder: Path, *, vkey: str | None, since: Path | None = None) -> VerifyReport:
    """Return whether the public files in *folder* are one unbroken, fully approved log.

    *vkey* is the office's verifier key from another channel; without it the folder's own is
    used, which proves order and wholeness but not who signed. *since* is an earlier
    checkpoint: with it a cut tail and a rewritten past are found as well.
    """
    notes = [] if vkey else ["密钥取自同一文件夹，请与公布的公钥核对"]
    try:
        files = _read_files(folder)
        keys = _keys(files, vkey)
        return _verify_files(files, keys, since, notes)
    except _CannotCheckError as error:
        return VerifyReport(VerifyStatus.CANNOT_CHECK, (str(error),), tuple(notes))
    except _BrokenError as error:
        return VerifyReport(VerifyStatus.DOES_NOT_VERIFY, (str(error),), tuple(notes))


def _verify_files(
    files: Mapping[str, bytes], keys: Sequence[str], since: Path | None, notes: Sequence[str]
) -> VerifyReport:
    head = _open_head(files, keys)
    origin = note.parse_verifier_key(keys[0]).name
    entries = _read_entries(files)
    tree = tlog.Tree(tlog.leaf_hash(entry.body) for entry in entries)
    problems = _head_problems(head, tree)
    if since is not None:
        problems += _since_problems(since, keys, origin, tree)
    bodies = [_body(entry) for entry in entries]
    problems += _order_problems(bodies, origin) + _chain_problems(bodies)
    if not problems:
        problems += _key_problems(bodies, keys)
    proofs, found = _check_proofs(files, entries, origin, keys)
    problems += found
    address = _address(files)
    same, found = _compare_pages(files, entries, head, address) if not problems else (0, [])
    problems += found + _address_problems(files, address)
    notes = [*notes, *_foreign(files)]
    return VerifyReport(
        status=VerifyStatus.DOES_NOT_VERIFY if problems else VerifyStatus.OK,
        problems=tuple(problems),
        notes=(*notes, f"订阅文件写明本站地址为 {address}，日志不记录地址，请核对"),
        origin=origin,
        entries=len(entries),
        releases=sum(entry.type in formats.STATEMENT_TYPES for entry in entries),
        proofs=proofs,
        files=same,
    )


# Reading


def _read_files(folder: Path) -> dict[str, bytes]:
    if not (folder / "log").is_dir():
        raise _CannotCheckError(f"{folder}：不是公开文件夹，其中没有 log 目录")
    try:
        return {
            name: b"" if (folder / name).is_symlink() else (folder / name).read_bytes()
            for name in public_folder.names_in(folder)
        }
    except OSError as error:
        raise _CannotCheckError(f"{folder}：无法读取（{error}）") from error


def _keys(files: Mapping[str, bytes], vkey: str | None) -> list[str]:
    try:
        lines = [vkey] if vkey else files[KEYS].decode().splitlines()
        for line in lines:
            note.parse_verifier_key(line)
    except KeyError as error:
        raise _CannotCheckError(f"缺少 {KEYS}，也没有给出公钥") from error
    except ValueError as error:
        raise _CannotCheckError(f"公钥无法使用：{error}") from error
    if not lines:
        raise _CannotCheckError(f"{KEYS} 是空的，也没有给出公钥")
    return lines


def _open_head(files: Mapping[str, bytes], keys: Sequence[str]) -> Checkpoint:
    if public_folder.CHECKPOINT not in files:
        raise _BrokenError(f"缺少签名的日志头 {public_folder.CHECKPOINT}")
    try:
        return _open_checkpoint(files[public_folder.CHECKPOINT], keys)
    except ValueError as error:
        raise _BrokenError(
            f"日志头 {public_folder.CHECKPOINT} 的签名或格式不对：{error}"
        ) from error


def _open_checkpoint(raw: bytes, keys: Sequence[str]) -> Checkpoint:
    text = raw.decode()
    origin = note.parse_verifier_key(keys[0]).name
    size, root = note.parse_checkpoint(note.open_note(text, keys), origin)
    return Checkpoint(size=size, root=root, note=text)


def _read_entries(files: Mapping[str, bytes]) -> list[Entry]:
    try:
        lines = public_folder.lines_of(files)
    except ValueError as error:
        raise _BrokenError(f"日志条目文件被截断：{error}") from error
    entries, problems = [], []
    for index, line in enumerate(lines):
        try:
            body = formats.read_body(line)
        except ValueError as error:
            problems.append(f"第 {index} 条不是规范的条目：{_first_line(error)}")
            continue
        entries.append(Entry(index, LeafType(body.type), parse_moment(body.time), line))
    if problems:
        raise _BrokenError("；".join(problems))
    return entries


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _body(entry: Entry) -> NoticeBody | StatementBody:
    return formats.read_body(entry.body)


# Checking


def _head_problems(head: Checkpoint, tree: tlog.Tree) -> list[str]:
    if len(tree) < head.size:
        return [f"日志被截短：签名的日志头有 {head.size} 条，文件中只有 {len(tree)} 条"]
    if len(tree) > head.size:
        return [f"文件中有 {len(tree)} 条，多于签名的日志头的 {head.size} 条"]
    if tree.root() != head.root:
        return ["条目与签名的日志头不符：有条目被改动、插入、删除或调换"]
    return []


def _since_problems(since: Path, keys: Sequence[str], origin: str, tree: tlog.Tree) -> list[str]:
    try:
        old = _open_checkpoint(since.read_bytes(), keys)
    except OSError as error:
        raise _CannotCheckError(f"{since}：无法读取（{error}）") from error
    except ValueError as error:
        raise _CannotCheckError(f"{since}：不是 {origin} 的签名日志头（{error}）") from error
    if old.size > len(tree):
        return [f"日志被截短：保存的日志头有 {old.size} 条，现在只有 {len(tree)} 条"]
    if tree.root(old.size) != old.root:
        return [f"历史被改写：前 {old.size} 条与保存的日志头不符"]
    return []


def _order_problems(bodies: Sequence[NoticeBody | StatementBody], origin: str) -> list[str]:
    problems, last = [], ""
    for index, body in enumerate(bodies):
        if body.seq != index:
            problems.append(f"第 {index} 条的序号写作 {body.seq}")
        if body.time < last:
            problems.append(f"第 {index} 条的时间早于前一条")
        if body.origin != origin:
            problems.append(f"第 {index} 条属于另一份日志 {body.origin}")
        last = body.time
    return problems


def _chain_problems(bodies: Sequence[NoticeBody | StatementBody]) -> list[str]:
    problems: list[str] = []
    published: dict[str, int] = {}
    for index, body in enumerate(bodies):
        if not isinstance(body, StatementBody):
            continue
        if body.statement in published:
            problems.append(f"第 {index} 条重复发布稿件 {body.statement}")
        older = body.supersedes
        if older is not None and published.get(older.statement) != older.seq:
            problems.append(f"第 {index} 条所接替的稿件 {older.statement} 不在第 {older.seq} 条")
        published[body.statement] = index
    return problems


def _key_problems(bodies: Sequence[NoticeBody | StatementBody], keys: Sequence[str]) -> list[str]:
    announced = [body.content.get("vkey") for body in bodies if body.type == "key"]
    if not bodies or bodies[0].type != "key":
        return ["日志的第一条必须公布签名公钥"]
    return [f"日志中没有公布公钥 {key}" for key in keys if key not in announced]


def _check_proofs(
    files: Mapping[str, bytes], entries: Sequence[Entry], origin: str, keys: Sequence[str]
) -> tuple[int, list[str]]:
    verified, problems = 0, []
    for entry in entries:
        name = f"log/proof/{entry.index}.tlog-proof"
        try:
            index, _ = note.verify_proof(files[name].decode(), entry.body, origin, keys)
        except KeyError:
            problems.append(f"缺少收录证明 {name}")
        except ValueError as error:
            problems.append(f"收录证明 {name} 不成立：{error}")
        else:
            verified += 1
            if index != entry.index:
                problems.append(f"收录证明 {name} 是第 {index} 条的")
    return verified, problems


def _address(files: Mapping[str, bytes]) -> str:
    # The site's address is nowhere in the log; the feed's own link gives it, and rendering
    # with it shows whether the feed's other links agree.
    link = _SELF_LINK.search(files.get(FEED, b""))
    return link[1].decode(errors="replace") if link else ""


def _address_problems(files: Mapping[str, bytes], address: str) -> list[str]:
    if FEED not in files or _ADDRESS.fullmatch(address):
        return []
    return [f"订阅文件 {FEED} 写明的本站地址不是 http(s) 网址：{address}"]


def _pretends(name: str) -> bool:
    first = name.partition("/")[0]
    return public_folder.is_ours(name) or first.partition(".")[0].casefold() in _PRETENDED


def _foreign(files: Mapping[str, bytes]) -> list[str]:
    # What a file of the operator's is there for is their business, but no part of the log.
    left = [name for name in sorted(files) if not _pretends(name)]
    return [f"文件夹中另有 {name}，不属于日志，未作核对" for name in left]


def _compare_pages(
    files: Mapping[str, bytes], entries: Sequence[Entry], head: Checkpoint, address: str
) -> tuple[int, list[str]]:
    """Render the site anew and compare every byte: an edited page is found here."""
    try:
        fresh = render_site(entries, head, public_url=address)
    except (ValueError, KeyError) as error:
        return 0, [f"无法由日志重新生成页面：{_first_line(error)}"]
    problems = [f"缺少 {name}" for name in sorted(fresh.keys() - files.keys())]
    extra = sorted(filter(_pretends, files.keys() - fresh.keys()))
    problems += [f"多出不属于本站的文件 {name}" for name in extra]
    shared = sorted(fresh.keys() & files.keys())
    changed = [name for name in shared if fresh[name] != files[name]]
    problems += [f"{name} 与日志重新生成的内容不一致" for name in changed]
    return len(shared) - len(changed), problems
