"""What the verbs of the command line share: the data folder, progress, exit states."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from core.errors import HuiyingError
from core.settings import FILE_NAME

EXIT_REFUSED = 1
EXIT_CANNOT = 2
EXIT_INTERRUPTED = 130

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Data folder; default: that of the nearest huiying.toml."),
]


def data_folder(data: Path | None) -> Path:
    """Return *data*, or the nearest folder upward that holds ``huiying.toml``.

    Raises ``HuiyingError`` when there is none.
    """
    if data is not None:
        return data
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).exists():
            return folder
    raise HuiyingError(f"no {FILE_NAME} here or above: use --data DIR, or huiying init DIR")


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function of (done, total): a bar on a terminal, a line a tenth elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if console.is_terminal:
        with Progress(console=console) as bar:
            task = bar.add_task(label)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    told: set[int] = set()

    def tell(done: int, total: int) -> None:
        if (tenth := done * 10 // max(total, 1)) not in told:
            told.add(tenth)
            typer.echo(f"{label}: {done}/{total}", err=True)

    yield tell
