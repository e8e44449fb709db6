"""Writing a source into ``sources.toml``: judged first, then put in place in one step."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

from console.sourcing import asking, judging
from console.wiring import Services
from core.clock import utc_now
from core.errors import HuiyingError, RefusedError
from crawler.sources import MIN_PACE_S, Source, load_sources
from crawler.suggesting import Proposal
from crawler.task_guard import Task


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``huiying source add`` was asked to write down."""

    name: str
    url: str
    parser: str | None = None
    channel: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    selectors: Mapping[str, str] = field(default_factory=dict)


def add(services: Services, wanted: Wanted, *, suggestion: int | None = None) -> Source:
    """Write *wanted* into the list of sources, as it stands otherwise, and return it.

    With *suggestion* what that proposal of ``suggest`` says is taken where *wanted* says nothing.
    Raises ``RefusedError`` for a name that is taken, an address or pace that is not allowed, and
    what the task guard refuses (which is recorded); ``HuiyingError`` for what makes no source.
    """
    proposal = None if suggestion is None else _suggestion(services, wanted.url, suggestion)
    entry = _entry(wanted, proposal)
    if reasons := _reasons(services, entry):
        raise RefusedError(reasons)
    file = services.data / services.settings.sources_file
    before = file.read_bytes() if file.exists() else b""
    sources = _replace(services, file, before, _with(before, entry))
    return sources[-1]


def _suggestion(services: Services, url: str, number: int) -> Proposal:
    found, refused = asking.suggest(services, url)
    if refused is not None:
        raise RefusedError([*refused.problems, refused.advice])
    if not 1 <= number <= len(found):
        raise HuiyingError(f"--from-suggestion: {url} 有 {len(found)} 个建议，没有第 {number} 个")
    return found[number - 1].proposal


def _entry(wanted: Wanted, proposal: Proposal | None) -> dict[str, Any]:
    """Return the ``[[source]]`` table as plain values, in the order in which it is written."""
    parser = wanted.parser or (proposal.parser if proposal else None)
    channel = wanted.channel or (proposal.channel if proposal else None)
    if parser is None or channel is None:
        raise HuiyingError("--parser 和 --channel 必须写明，或用 --from-suggestion 取建议的写法")
    entry: dict[str, Any] = {
        "name": wanted.name,
        "url": proposal.url if proposal else wanted.url,
        "parser": parser,
        "channel": channel,
    }
    if proposal and proposal.detail:
        entry["detail"] = proposal.detail
    if proposal and proposal.max_pages > 1:
        entry["max_pages"] = proposal.max_pages
    selectors = {**(proposal.selectors if proposal else {}), **wanted.selectors}
    return {**entry, **wanted.settings, **({"selectors": selectors} if selectors else {})}


def _reasons(services: Services, entry: Mapping[str, Any]) -> list[str]:
    """Return every rule that *entry* breaks; what the task guard says is recorded at once."""
    reasons = []
    if any(source.name == entry["name"] for source in judging.listed_if_any(services)):
        reasons.append(f"已有名为 {entry['name']} 的来源")
    reasons += judging.address_reasons(services, str(entry["url"]))
    pace = entry.get("pace_s")
    if isinstance(pace, int | float) and pace < MIN_PACE_S and not services.settings.drill:
        reasons.append(f"pace_s 不得小于 {MIN_PACE_S} 秒")
    return reasons + judging.task_reasons(services, _task(entry), utc_now())


def _task(entry: Mapping[str, Any]) -> Task:
    keywords = entry.get("keywords", ())
    return Task(
        name=str(entry["name"]),
        url=str(entry["url"]),
        keywords=tuple(map(str, keywords)) if isinstance(keywords, list | tuple) else (),
        note=str(entry.get("note", "")),
    )


def _with(before: bytes, entry: Mapping[str, Any]) -> bytes:
    """Return the list with *entry* at its end; what stood there stays byte for byte."""
    table = tomlkit.table()
    table.update(entry)
    listed = tomlkit.aot()
    listed.append(table)
    block = tomlkit.dumps({"source": listed}).strip()
    apart = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    return before + apart + f"{block}\n".encode()


def _replace(services: Services, file: Path, before: bytes, after: bytes) -> tuple[Source, ...]:
    """Put *after* in the place of *file* in one step, once all of it is a list of sources."""
    file = file.resolve()
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, after, mode=file.stat().st_mode & 0o777 if file.exists() else 0o644)
        sources = _validated(services, file, draft)
        if (file.read_bytes() if file.exists() else b"") != before:
            raise HuiyingError(f"{file}: 刚被别处改动，未写入，请重试")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return sources


def _write(draft: Path, content: bytes, *, mode: int) -> None:
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _validated(services: Services, file: Path, draft: Path) -> tuple[Source, ...]:
    settings = services.settings
    try:
        return load_sources(
            draft, allow_loopback=settings.drill, default_pace_s=settings.crawl_delay_s
        )
    except HuiyingError as error:
        raise HuiyingError(str(error).replace(str(draft), str(file))) from error


def setting(text: str) -> tuple[str, Any]:
    """Return key and value of ``key=value``; the value is TOML, or else taken as it is written.

    >>> setting("max_pages=3"), setting("time_zone=+08:00"), setting("keywords=停水,停电")
    (('max_pages', 3), ('time_zone', '+08:00'), ('keywords', ['停水', '停电']))
    """
    key, separator, written = text.partition("=")
    key, written = key.strip(), written.strip()
    if not separator or not key:
        raise HuiyingError(f"--set: expected key=value, got {text!r}")
    if key in {"name", "url", "parser", "channel", "selectors"}:
        raise HuiyingError(f"--set: {key} 另有写法，见 huiying source add --help")
    try:
        return key, tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        pass
    if key == "keywords":
        return key, [word for word in written.replace("，", ",").split(",") if word.strip()]
    return key, written
