"""A data folder of an exercise whose targets are stand-ins on this machine."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from console import wiring
from console.notices import outbox, sending
from console.notices.targets import Target, load_targets
from console.tables import DeliveryAttemptRow, DeliveryRow
from console.wiring import Services
from core.database import reading, transaction
from core.vocabulary import ConcernLevel, NoticeKind
from tests.console.notices.platforms import (
    KEY,
    SECRET,
    TOKEN,
    Clock,
    Platform,
    Post,
    dingtalk,
    feishu,
    ntfy,
    webhook,
    wecom,
)

SETTINGS = "drill = true\nnotices_timeout_s = 1.0\n"


@dataclass
class Desk:
    """A data folder, its platforms, and a clock that the test moves."""

    services: Services
    clock: Clock
    platforms: dict[str, Platform]
    post: Post
    luck: Random = field(default_factory=lambda: Random(1))  # noqa: S311  spreads retries

    def set(self, targets: str, **addresses: str) -> None:
        """Write who is told, and the addresses apart from it."""
        (self.services.data / "notices.toml").write_text(targets, encoding="utf-8")
        secrets = self.services.data / "keys" / "notices.toml"
        secrets.parent.mkdir(exist_ok=True)
        secrets.write_text("".join(f"{n} = '{a}'\n" for n, a in addresses.items()), "utf-8")
        secrets.chmod(0o600)

    def target(self, name: str, extra: str = "") -> str:
        """Return the lines of the target *name*, which stands at its own platform."""
        server = ""
        if name in {"wecom", "dingtalk", "feishu"}:
            server = f'server = "{self.platforms[name].address}"\n'
        keyword = 'keyword = "回应"\n' if name == "dingtalk" else ""
        return f'[[targets]]\nname = "{name}"\nchannel = "{name}"\n{server}{keyword}{extra}'

    def address(self, name: str) -> str:
        """Return the secret address of the target *name*."""
        port = {**{n: p.port for n, p in self.platforms.items()}, "email": self.post.port}[name]
        return {
            "wecom": f"wecombot://{KEY}",
            "dingtalk": f"dingtalk://{SECRET}@{TOKEN}",
            "feishu": f"feishu://{SECRET}@{TOKEN}",
            "ntfy": f"ntfy://127.0.0.1:{port}/duty",
            "webhook": f"json://{SECRET}@127.0.0.1:{port}/in",
            "email": f"mailto://127.0.0.1:{port}?from=huiying@example.org&to=duty@example.org",
        }[name]

    def use(self, *names: str, extra: str = "") -> None:
        """Send to these platforms."""
        self.set(
            "\n".join(self.target(name, extra) for name in names),
            **{name: self.address(name) for name in names},
        )

    def targets(self) -> tuple[Target, ...]:
        """Return what the files say."""
        return load_targets(self.services)

    def put(
        self,
        text: str = "请看值班台。",
        *,
        title: str = "升至 C3",
        key: str = "k1",
        level: ConcernLevel = ConcernLevel.C3,
        kind: NoticeKind = NoticeKind.ALERT,
    ) -> None:
        """Queue a message."""
        with transaction(self.services.engine) as session:
            outbox.queue(
                session, key=key, level=level, title=title, text=text, kind=kind, at=self.clock()
            )

    def settings(self, text: str) -> None:
        """Write other settings and open the folder anew."""
        self.services.engine.dispose()
        (self.services.data / "huiying.toml").write_text(text, encoding="utf-8")
        self.services = wiring.build(self.services.data)

    def send(self, *, is_quiet: bool = False) -> sending.Sent:
        """Send what is due."""
        return sending.send_pending(
            self.services, clock=self.clock, luck=self.luck, is_quiet=lambda _: is_quiet
        )

    def states(self) -> list[tuple[str, int, str]]:
        """Return target, part and state of every part."""
        with reading(self.services.engine) as session:
            rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.id))
            return [(row.target, row.part, row.state) for row in rows]

    def attempts(self) -> list[tuple[str, str, str]]:
        """Return target, outcome and reason of every attempt."""
        with reading(self.services.engine) as session:
            rows = session.scalars(select(DeliveryAttemptRow).order_by(DeliveryAttemptRow.id))
            return [(row.target, row.outcome, row.reason) for row in rows]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh data folder, made once."""
    folder = tmp_path_factory.mktemp("prepared") / "d"
    wiring.prepare(folder).engine.dispose()
    return folder


@pytest.fixture
def desk(tmp_path: Path, prepared: Path) -> Iterator[Desk]:
    """An exercise with every platform, none of them used yet."""
    folder = tmp_path / "d"
    shutil.copytree(prepared, folder)
    (folder / "huiying.toml").write_text(SETTINGS, encoding="utf-8")
    services = wiring.build(folder)
    clock = Clock()
    judges = {
        "wecom": wecom,
        "dingtalk": dingtalk,
        "feishu": feishu,
        "ntfy": ntfy,
        "webhook": webhook,
    }
    platforms = {name: Platform(judge, clock) for name, judge in judges.items()}
    with Post() as post:
        for platform in platforms.values():
            platform.__enter__()
        yield Desk(services, clock, platforms, post)
        for platform in platforms.values():
            platform.__exit__(None, None, None)
    services.engine.dispose()
