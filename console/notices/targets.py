"""To whom messages go: ``notices.toml``, and apart from it the addresses, which are secret."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from console.notices.channels import CHANNELS
from console.wiring import Services
from core.errors import HuiyingError
from core.vocabulary import ConcernLevel, NoticeChannel, NoticeKind

BY_LEVEL = frozenset({NoticeKind.ALERT, NoticeKind.ESCALATION})
"""Kinds that a target may want from some level on; the others it wants or not."""
_MOST_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Target:
    """Somewhere a message goes to."""

    name: str
    channel: NoticeChannel
    kinds: frozenset[NoticeKind]
    least_level: ConcernLevel
    quiet: bool
    """Whether the quiet hours hold back what is not grave."""
    keyword: str
    """A word every message must hold, as some groups demand; may be empty."""
    server: str | None
    """Instead of the platform's own server: a relay, or the stub of an exercise."""
    address: SecretStr | None = field(repr=False)
    """Of apprise's form; None while the operator has not given it."""

    def wants(self, kind: NoticeKind, level: ConcernLevel) -> bool:
        """Return whether a message of this kind and level goes here."""
        return kind in self.kinds and (kind not in BY_LEVEL or level >= self.least_level)


class _Entry(BaseModel):
    """A target as ``notices.toml`` states it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    channel: NoticeChannel
    kinds: frozenset[NoticeKind] = frozenset(NoticeKind) - {NoticeKind.TEST}
    least_level: ConcernLevel = ConcernLevel.C1
    quiet: bool = False
    keyword: str = Field(default="", max_length=20)
    server: str | None = Field(default=None, pattern=r"^https?://[^\s/@?#]+$")


class _File(BaseModel):
    """The whole of ``notices.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    targets: tuple[_Entry, ...] = ()


def load_targets(services: Services) -> tuple[Target, ...]:
    """Return the targets of the data folder in the file's order; without the file there are none.

    Raises ``HuiyingError`` naming file, field and value when something is wrong. A value that may
    be an address or a key is never told.
    """
    settings = services.settings
    file = services.data / settings.notices_file
    entries = _entries(file)
    names = [entry.name for entry in entries]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise HuiyingError(f"{file}: targets.name: given twice: {', '.join(twice)}")
    secrets_file = services.data / settings.notices_secrets_file
    kept = _secrets(secrets_file) | dict(settings.notice_secrets)
    if strangers := sum(name not in names for name in kept):
        # By their number: what stands where a name is expected may be the secret itself.
        raise HuiyingError(
            f"{secrets_file} or the environment: {strangers} addresses for no target of {file.name}"
        )
    return tuple(_target(entry, kept.get(entry.name), secrets_file) for entry in entries)


def _entries(file: Path) -> tuple[_Entry, ...]:
    if not file.exists():
        return ()
    try:
        return _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).targets
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise HuiyingError(f"{file}: not TOML in UTF-8") from None
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}, got {_shown(e['input'])}"
            for e in error.errors()
        )
        raise HuiyingError(f"{file}: {told}") from None


def _shown(value: object) -> str:
    text = repr(value)
    if "://" in text or len(text) > _MOST_SHOWN:
        return "a value that is not shown: addresses belong in keys/notices.toml"
    return text


def _secrets(file: Path) -> dict[str, SecretStr]:
    if not file.exists():
        return {}
    if os.name == "posix" and (mode := file.stat().st_mode & 0o777) & 0o077:
        raise HuiyingError(f"{file}: others may read the addresses, its mode is {mode:o}, not 600")
    try:
        kept = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"line \d+", str(error))
        where = f" ({line.group()})" if line else ""
        raise HuiyingError(f"{file}: not TOML in UTF-8{where}") from None
    if wrong := sum(not isinstance(value, str) for value in kept.values()):
        raise HuiyingError(f"{file}: {wrong} entries are no text; expected: name = 'address'")
    return {name: SecretStr(value) for name, value in kept.items()}


def _target(entry: _Entry, address: SecretStr | None, file: Path) -> Target:
    if address is not None:
        _check_scheme(entry, address, file)
    return Target(
        name=entry.name,
        channel=entry.channel,
        kinds=entry.kinds,
        least_level=entry.least_level,
        quiet=entry.quiet,
        keyword=entry.keyword,
        server=entry.server,
        address=address,
    )


def _check_scheme(entry: _Entry, address: SecretStr, file: Path) -> None:
    wanted = CHANNELS[entry.channel].schemes
    try:
        scheme = urlsplit(address.get_secret_value().strip()).scheme.lower()
    except ValueError:
        scheme = ""
    if scheme not in wanted:
        forms = " or ".join(f"{name}://" for name in wanted)
        got = f"{scheme}://" if scheme in _KNOWN_SCHEMES else "something else"
        raise HuiyingError(
            f"{file}: {entry.name}: a {entry.channel.value} address begins with {forms}, got {got}"
        )


_KNOWN_SCHEMES: Mapping[str, None] = dict.fromkeys(
    (*(s for c in CHANNELS.values() for s in c.schemes), "lark", "wecom", "http", "https")
)
"""What may be told of an address that is wrong."""
