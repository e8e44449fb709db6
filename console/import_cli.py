"""``huiying import``: one file, or all that lie in the drop folder."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from console.options import EXIT_REFUSED, Data, data_folder, progress_bar
from core.clock import beijing, iso_beijing, utc_now
from core.errors import HuiyingError

if TYPE_CHECKING:
    from console.importing import Asked, Imported
    from crawler.importers.mapping import Columns
    from crawler.importers.table import Table

OLD = timedelta(hours=2)
SAMPLES = 3
SHOWN_CHARACTERS = 24
LABELS = {
    "text": "正文",
    "title": "标题",
    "time": "时间",
    "id": "编号",
    "url": "链接",
    "author": "作者（只用来分清不同的声音，不保存）",
    "channel": "渠道",
    "reply_to": "所回复的编号",
    "repost_of": "所转发的编号",
    "reposts": "转发数",
    "comments": "评论数",
    "likes": "点赞数",
    "type": "诉求类型",
    "place": "地点",
}

Kind = Literal["posts", "table", "hotline", "page", "cap", "zip"]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("import")(import_files)


def import_files(
    file: Annotated[
        Path | None,
        typer.Argument(help="Posts file, CSV, XLSX, XLS, ODS, saved page, CAP or zip."),
    ] = None,
    data: Data = None,
    *,
    source: Annotated[
        str | None, typer.Option(help="Name of the source; default: by the kind of file.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="What a column is: text=诉求内容; several times if several."),
    ] = None,
    ask: Annotated[bool, typer.Option("--map", help="Ask which column is what.")] = False,
    kind: Annotated[Kind | None, typer.Option(help="What the file is; default: seen.")] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Take in the drop folder, once.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take a file in and analyse it; the same file twice changes nothing."""
    from console import importing, wiring

    if (file is None) is not drop:
        raise HuiyingError("import: 给出一个文件，或用 --drop 读入 drop 文件夹")
    services = wiring.build(data_folder(data))
    with _bar_when_asked() as progress:
        if file is None:
            done = importing.scan_drop_folder(services, progress=progress)
        else:
            one = importing.import_file(
                services,
                file,
                source=source,
                columns=_columns(column or []),
                ask=_asking() if ask else None,
                kind=kind,
                progress=progress,
            )
            done = [one]
    if as_json:
        cells = [_cells(one) for one in done]
        typer.echo(json.dumps(cells if drop else cells[0], ensure_ascii=False, indent=2))
    else:
        for one in done:
            _tell(one, dropped=drop)
    if any(one.refused or (one.defects and not one.posts) for one in done):
        raise typer.Exit(EXIT_REFUSED)


@contextmanager
def _bar_when_asked() -> Iterator[Callable[[int, int], None]]:
    """Yield a function of (done, total) whose bar begins when it is first called.

    Until then a person may be asked something on the same terminal.
    """
    with ExitStack() as stack:
        bar: list[Callable[[int, int], None]] = []

        def progress(done: int, total: int) -> None:
            if not bar:
                bar.append(stack.enter_context(progress_bar("import")))
            bar[0](done, total)

        yield progress


def _columns(given: Sequence[str]) -> dict[str, str]:
    columns = {}
    for pair in given:
        role, sign, heading = pair.partition("=")
        if not sign:
            raise HuiyingError(
                f"--column: expected ROLE=HEADING such as text=诉求内容, got {pair!r}"
            )
        columns[role.strip()] = heading.strip()
    return columns


def _asking() -> "Asked":
    if not sys.stdin.isatty():
        raise HuiyingError("--map 要在终端里回答；脚本请用 --column text=列名 --column time=列名")
    return _ask


def _ask(table: "Table", guess: "Columns") -> "Columns":
    """Ask for each role which column it is: Enter takes the guess, - takes none."""
    from crawler.importers import mapping

    _show_columns(table)
    columns = guess
    for role in mapping.Role:
        if guess.kind == "hotline" and role in mapping.PERSONAL:
            continue
        while True:
            told = typer.prompt(f"{LABELS[role]} {role}", default=columns.columns.get(role, "-"))
            heading = _heading_told(table, told.strip())
            try:
                columns = mapping.chosen(table.headings, {role: heading}, columns)
            except HuiyingError as error:
                typer.echo(f"{error}", err=True)
            else:
                break
    if guess.kind != "hotline" and mapping.Role.CHANNEL not in columns.columns:
        code = typer.prompt("全表渠道代码", default=columns.channel)
        columns = mapping.chosen(table.headings, {mapping.Role.CHANNEL: code}, columns)
    return columns


def _heading_told(table: "Table", told: str) -> str:
    if told.isdecimal() and told.isascii() and 1 <= int(told) <= len(table.headings):
        return table.headings[int(told) - 1]
    return "" if told == "-" else told


def _show_columns(table: "Table") -> None:
    from crawler.importers.headings import heading_key, load_headings
    from crawler.importers.rows import text_of_cell
    from crawler.masking import mask_resident

    typer.echo("每一列的表头和前几个值（已遮盖）；回车用建议的列，- 表示没有，也可填列号或列名。")
    for at, heading in enumerate(table.headings):
        if heading_key(heading) in load_headings().personal:
            typer.echo(f"{at + 1}\t{heading}\t（个人信息，不读入）")
            continue
        values = (text_of_cell(row.cells[at]) for row in table.samples)
        filled = [mask_resident(value)[:SHOWN_CHARACTERS] for value in values if value][:SAMPLES]
        typer.echo(f"{at + 1}\t{heading}\t{' | '.join(' '.join(v.split()) for v in filled)}")


def _cells(one: "Imported") -> dict[str, object]:
    cells = asdict(one)
    for name in ("latest", "earlier"):
        moment = getattr(one, name)
        cells[name] = iso_beijing(moment) if moment else None
    return cells | {"types": dict(one.types), "members": [_cells(m) for m in one.members]}


def _tell(one: "Imported", *, dropped: bool) -> None:
    """Say what became of one file: figures on standard output, the rest on standard error."""
    where = f"{one.file}: " if dropped else ""
    if one.refused:
        for why in one.refused:
            typer.echo(f"拒绝：{why if why.startswith(where) else where + why}", err=True)
    else:
        typer.echo(
            f"{where}{one.posts} posts, {one.new} new, {one.defects} lines not taken in, "
            f"{one.alerts} alerts"
        )
    if one.types:
        parts = "、".join(f"{name} {count}" for name, count in one.types)
        typer.echo(f"{where}共 {one.rows} 行：{parts}、未读入 {one.defects}")
    for line in _remarks(one):
        typer.echo(line, err=True)
    for member in one.members:
        _tell(member, dropped=True)


def _remarks(one: "Imported") -> Iterator[str]:
    if one.columns:
        yield f"列对应（{one.mapping}）：{one.columns}"
    if one.earlier is not None:
        yield f"这个文件 {beijing(one.earlier):%Y-%m-%d %H:%M} 已导入过"
    for note in one.notes:
        yield f"注意：{note}"
    for place, why in one.broken:
        yield f"- {place}: {why}"
    if len(one.broken) < one.defects and not one.members:
        yield f"- 共 {one.defects} 处未读入，以上是前 {len(one.broken)} 处"
    if one.latest is not None and one.latest < utc_now() - OLD and not one.members:
        yield "这些帖子早于两小时：提醒只看最近的说法。要看当时会怎样提醒，请用 huiying replay"
