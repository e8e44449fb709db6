"""The verbs of sources: try one, suggest one, add one, list them, and what could not be read."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.options import EXIT_REFUSED, Data, data_folder
from core.clock import beijing, iso_beijing, utc_now
from core.errors import HuiyingError

if TYPE_CHECKING:
    from console.sourcing.asking import Suggested
    from console.sourcing.listing import Listed
    from crawler.sealed import Sealed
    from crawler.trying import Row, Trial

source_app = typer.Typer(help="Sources: what is gathered, from where.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_COLUMNS = ("序号", "时间", "标题或正文开头", "地址", "说明")


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(source_app, name="source")


@source_app.command("test")
def source_test(
    wanted: Annotated[
        str, typer.Argument(metavar="NAME|URL", help="A listed name, or an address.")
    ],
    data: Data = None,
    *,
    page: Annotated[
        Path | None, typer.Option(help="A saved page to read in place of fetching.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a source gives: ten titles, times and links, and which selector found nothing."""
    from console import wiring
    from console.sourcing import asking

    trials = asking.try_source(wiring.build(data_folder(data)), wanted, saved=page)
    if as_json:
        _print_json([_trial_cells(trial) for trial in trials])
    else:
        for trial in trials:
            _tell_trial(trial)
    if any(trial.problems for trial in trials):
        raise typer.Exit(EXIT_REFUSED)


@source_app.command("suggest")
def source_suggest(
    url: Annotated[str, typer.Argument(help="A page of the site, best the list you would read.")],
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Propose ways to read a site: its feeds, sitemaps, or the list on a page; the best first."""
    from console import wiring
    from console.sourcing import asking

    found, unread = asking.suggest(wiring.build(data_folder(data)), url)
    if as_json:
        _print_json([_suggested_cells(one) for one in found])
    else:
        for one in found:
            typer.echo(f"# 建议 {one.number}：{_what_it_gave(one)}\n{one.proposal.block()}")
    if unread is not None:
        _tell_problems(unread)
    elif not found:
        typer.echo(
            "没有找到订阅源、站点地图，也没有在网页上认出列表。列表可能由脚本加载："
            "请在浏览器开发者工具的“网络”中找到数据地址，对它再试一次",
            err=True,
        )
    if not found:
        raise typer.Exit(EXIT_REFUSED)


@source_app.command("add")
def source_add(
    name: Annotated[str, typer.Argument(help="Name of the source, not yet used.")],
    url: Annotated[str, typer.Argument(help="Its address.")],
    data: Data = None,
    *,
    parser: Annotated[str | None, typer.Option(help="How it is read (docs/sources.md).")] = None,
    channel: Annotated[str | None, typer.Option(help="Channel, such as official.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Any other key: key=value.")
    ] = None,
    selectors: Annotated[
        list[str] | None, typer.Option("--selector", help="A selector: key=css.")
    ] = None,
    suggestion: Annotated[
        int | None, typer.Option("--from-suggestion", help="Number of a suggestion for the URL.")
    ] = None,
) -> None:
    """Write a source into the list; comments and order of the file stay."""
    from console import wiring
    from console.sourcing import writing

    wanted = writing.Wanted(
        name=name,
        url=url,
        parser=parser,
        channel=channel,
        settings=dict(writing.setting(text) for text in settings or ()),
        selectors=dict(_selector(text) for text in selectors or ()),
    )
    added = writing.add(wiring.build(data_folder(data)), wanted, suggestion=suggestion)
    typer.echo(f"已加入来源 {added.name}。试读：huiying source test {added.name}")


def _selector(text: str) -> tuple[str, str]:
    key, separator, css = text.partition("=")
    if not separator or not key.strip() or not css.strip():
        raise HuiyingError(f"--selector: expected key=css, got {text!r}")
    return key.strip(), css.strip()


@source_app.command("list")
def source_list(data: Data = None, *, as_json: AsJson = False) -> None:
    """List the sources with how the last visit to each ended."""
    from console import wiring
    from console.sourcing import listing

    rows = listing.listed(wiring.build(data_folder(data)), utc_now())
    if as_json:
        _print_json([_listed_cells(row) for row in rows])
        return
    for row in rows:
        state = "启用" if row.source.enabled else "停用"
        typer.echo(
            f"{row.source.name}\t{_kind(row)}\t{row.source.channel}\t{state}\t{_how_it_ended(row)}"
        )


def _kind(row: "Listed") -> str:
    source = row.source
    return f"{source.parser}→{source.detail}" if source.detail else source.parser


def _how_it_ended(row: "Listed") -> str:
    if row.last is None:
        return "尚未访问"
    when = f"{beijing(row.last.ended_at):%m-%d %H:%M}"
    return f"{when} {row.last.outcome.label} {row.last.reason}".rstrip()


def _listed_cells(row: "Listed") -> dict[str, Any]:
    last = row.last
    return {
        "name": row.source.name,
        "parser": row.source.parser,
        "detail": row.source.detail,
        "channel": row.source.channel,
        "enabled": row.source.enabled,
        "last_visit": iso_beijing(last.ended_at) if last else None,
        "outcome": last.outcome.value if last else None,
        "reason": last.reason if last else None,
    }


@source_app.command("unparsed")
def source_unparsed(
    name: Annotated[str | None, typer.Argument(help="Only of this source.")] = None,
    data: Data = None,
    *,
    key: Annotated[int | None, typer.Option("--open", help="Number of a page to open.")] = None,
    out: Annotated[Path | None, typer.Option(help="New file for the opened page.")] = None,
    person: Annotated[str, typer.Option("--as", help="Person id of who opens it.")] = "",
    reason: Annotated[str, typer.Option(help="Why it is opened; it is recorded.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the pages that could not be parsed; open one to mend its selectors.

    They are encrypted, expire, and may name people: who opens one, and why, is recorded.
    """
    from console import wiring
    from console.sourcing import listing

    services, now = wiring.build(data_folder(data)), utc_now()
    if key is not None:
        if out is None:
            raise HuiyingError("--open: 须用 --out 写明新文件")
        listing.open_unparsed(services, key, out, person=person, reason=reason, now=now)
        typer.echo(f"已写入 {out}，用后请删除。试读：huiying source test 来源名 --page {out}")
        return
    pages = listing.unparsed(services, name, now)
    if as_json:
        _print_json([_unparsed_cells(one) for one in pages])
    else:
        for one in pages:
            kept = f"保留至 {beijing(one.expires_at):%m-%d %H:%M}"
            when = f"{beijing(one.sealed_at):%m-%d %H:%M}"
            typer.echo(f"{one.key}\t{one.source}\t{when}\t{one.reason}\t{one.location}\t{kept}")


def _unparsed_cells(one: "Sealed") -> dict[str, Any]:
    return {
        "key": one.key,
        "source": one.source,
        "location": one.location,
        "reason": one.reason,
        "sealed_at": iso_beijing(one.sealed_at),
        "expires_at": iso_beijing(one.expires_at),
    }


def _trial_cells(trial: "Trial") -> dict[str, Any]:
    return {
        "source": trial.source,
        "url": trial.url,
        "kind": trial.kind,
        "outcome": trial.outcome.value,
        "reason": trial.reason,
        "advice": trial.advice,
        "posts": trial.posts,
        "links": trial.links,
        "has_next": trial.has_next,
        "hits": dict(trial.hits),
        "silent": list(trial.silent),
        "without_time": list(trial.without_time),
        "without_text": list(trial.without_text),
        "defects": list(trial.defects),
        "problems": list(trial.problems),
        "rows": [
            {
                "title": row.title,
                "time": iso_beijing(row.time) if row.time else None,
                "mark": row.mark.value,
                "url": row.url,
                "issuer": row.issuer,
            }
            for row in trial.rows
        ],
    }


def _suggested_cells(one: "Suggested") -> dict[str, Any]:
    proposal = one.proposal
    return {
        "number": one.number,
        "ground": proposal.ground.value,
        "url": proposal.url,
        "parser": proposal.parser,
        "detail": proposal.detail,
        "selectors": dict(proposal.selectors),
        "found": one.found,
        "titles": one.titles,
        "times": one.times,
        "outcome": one.trial.outcome.value,
        "reason": one.trial.reason,
        "toml": proposal.block(),
    }


def _what_it_gave(one: "Suggested") -> str:
    what = one.proposal.ground.label
    if not one.trial.outcome.works:
        return f"{what}，试读未成：{one.trial.reason}"
    return f"{what}，试读得 {one.found} 条，{one.titles} 条有标题，{one.times} 条有时间"


def _tell_trial(trial: "Trial") -> None:
    typer.echo(f"{trial.source}　{trial.url}　按 {trial.kind} 解析")
    if trial.rows:
        _tell_rows(trial.rows)
    if trial.outcome.works:
        following = "，有下一页" if trial.has_next else ""
        typer.echo(f"共读到 {trial.posts} 条内容、{trial.links} 条链接{following}")
    if found := [
        f"{key} {count}" for key, count in trial.hits.items() if count or key in trial.silent
    ]:
        typer.echo("各处找到：" + "　".join(found))
    for what, numbers in (("时间", trial.without_time), ("文字", trial.without_text)):
        if numbers:
            typer.echo(f"没有{what}的条目：{_some(numbers)}")
    for defect in trial.defects:
        typer.echo(f"未取：{defect}")
    _tell_problems(trial)


def _some(numbers: Sequence[int]) -> str:
    shown = "、".join(map(str, numbers[:20]))
    return shown if len(numbers) <= 20 else f"{shown} 等 {len(numbers)} 条"


def _tell_problems(trial: "Trial") -> None:
    for problem in trial.problems:
        typer.echo(f"问题：{problem}", err=True)
    if trial.advice:
        typer.echo(f"办法：{trial.advice}", err=True)


def _tell_rows(rows: "Sequence[Row]") -> None:
    """Show the rows as a table on a terminal, and as lines elsewhere."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    told = [_row_cells(number, row) for number, row in enumerate(rows, 1)]
    console = Console()
    if not console.is_terminal:
        for cells in told:
            typer.echo("\t".join(cells).rstrip())
        return
    table = Table(*_COLUMNS)
    for cells in told:
        # As Text: a title may hold [..], which rich would read as its own markup.
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def _row_cells(number: int, row: "Row") -> tuple[str, ...]:
    from crawler.trying import TimeMark

    form = "%Y-%m-%d" if row.mark is TimeMark.DAY_ONLY else "%Y-%m-%d %H:%M"
    when = beijing(row.time).strftime(form) if row.time else "—"
    remarks = "；".join(filter(None, (row.mark.label, f"官方：{row.issuer}" if row.issuer else "")))
    return str(number), when, row.title or "—", row.url or "—", remarks


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
