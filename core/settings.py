"""Settings from ``huiying.toml`` and ``HUIYING_*``; a misspelt name stops the start."""

import os
import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from core.errors import HuiyingError, in_one_line
from core.vocabulary import ConcernLevel

FILE_NAME = "huiying.toml"
PREFIX = "HUIYING_"


class NoticeSettings(BaseModel):
    """When many people saying one thing becomes an alert. All counts are distinct voices."""

    model_config = ConfigDict(extra="forbid")

    enquiry_voices: int = Field(default=5, ge=2, description="Voices in 30 min, enquiry path.")
    enquiry_share: float = Field(default=0.15, gt=0, le=1, description="Least share of enquiry.")
    hearsay_share: float = Field(default=0.25, gt=0, le=1, description="Or of hearsay.")
    enquiry_growth: float = Field(default=2.0, ge=1, description="Times the 30 min before.")
    problem_voices: int = Field(default=5, ge=2, description="Voices in 60 min, problem path.")
    hazard_voices: int = Field(default=4, ge=2, description="Voices in 30 min, hazard path.")
    rise_false_alarms_per_day: float = Field(
        default=0.1, gt=0, le=10, description="Budget of false rise alerts per series and day."
    )
    quiet_from: time = Field(default=time(22), description="Quiet hours begin, Beijing time.")
    quiet_until: time = Field(default=time(7, 30), description="They end; then the digest goes.")
    quiet_least: ConcernLevel = Field(
        default=ConcernLevel.C3, description="Least level that goes out at once in quiet hours."
    )
    triage_warn_min: float = Field(default=5, ge=1, le=1440, description="Reminder, minutes.")
    triage_due_min: float = Field(default=10, ge=1, le=1440, description="A step up, minutes.")
    triage_of_level: dict[ConcernLevel, float] = Field(
        default={}, description="Another triage_due_min for a level; the reminder at half of it."
    )
    sign_of_life_at: time = Field(default=time(17), description="Daily, Beijing time.")
    round_late_min: float = Field(
        default=30, ge=2, le=1440, description="Without a round for longer, gathering stands still."
    )
    false_alarms_per_week: float = Field(
        default=2.0, gt=0, le=100, description="False alarms a week promised for the whole desk."
    )


class Settings(BaseSettings):
    """Everything an operator may set, with its unit in the name and its limits in the field."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid")

    office_name: str = Field(
        default="示例县人民政府新闻办公室", min_length=2, description="Full name under statements."
    )
    log_origin: str = Field(
        default="office.example/huiying/log1",
        pattern=r"^[^\s+]+$",
        description="Origin line of the log's checkpoints; never changes once published.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000/public/",
        pattern=r"^https?://[^\s/]+/(\S*/)?$",
        description="Where the public page is reached.",
    )
    database_url: str | None = Field(
        default=None, description="SQLAlchemy address; without it huiying.db in the data folder."
    )
    sources_file: Path = Field(
        default=Path("sources.toml"), description="Listed sources, beside huiying.toml."
    )
    directory_file: Path = Field(
        default=Path("directory.toml"), description="Units, contacts and places of the office."
    )
    notices_file: Path = Field(
        default=Path("notices.toml"), description="To whom the desk's messages go."
    )
    notices_secrets_file: Path = Field(
        default=Path("keys/notices.toml"),
        description="Their addresses, which are secret; readable by its owner only.",
    )
    notice_secrets: dict[str, SecretStr] = Field(
        default_factory=dict, description="The same from the environment, never from a file here."
    )
    notices_plain_hosts: frozenset[str] = Field(
        default=frozenset(),
        description="Hosts that may be reached without TLS; loopback outside a drill, too.",
    )
    notices_ca_file: Path | None = Field(
        default=None, description="Certificates that HTTPS targets are checked by; else the usual."
    )
    notices_timeout_s: float = Field(
        default=10.0, ge=0.1, le=60, description="Longest silence of a target while sending."
    )
    task: str = Field(
        default="daily",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="The monitoring task; pseudonyms differ between tasks.",
    )
    user_agent_contact: str = Field(
        default="mailto:huiying@office.example", description="Contact in the crawler's User-Agent."
    )
    crawl_delay_s: float = Field(
        default=2.0, ge=0, le=3600, description="Pause between requests to one host."
    )
    unparsed_hours: int = Field(
        default=48,
        ge=1,
        le=168,
        description="How long a page that could not be parsed is kept, encrypted.",
    )
    help_contact_hours: int = Field(
        default=72,
        ge=1,
        le=168,
        description="How long the contact in a call for help is kept, encrypted.",
    )
    report_at: time = Field(
        default=time(0), description="When the report of the day that ended is written, Beijing."
    )
    backup_at: time = Field(default=time(3), description="When the daily backup is made, Beijing.")
    backups_kept: int = Field(default=7, ge=1, le=365, description="Newest backups that are kept.")
    drill: bool = Field(
        default=False,
        description="An exercise on this machine: loopback sources are allowed, and only there "
        "may the pause be shorter than half a second.",
    )
    console_host: str = Field(default="127.0.0.1", description="Address the console listens on.")
    console_port: int = Field(default=8000, ge=0, le=65535, description="Port of the console.")
    log_json: bool = Field(default=False, description="Log lines as JSON.")
    notice: NoticeSettings = Field(default_factory=NoticeSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment above the file, and leave dotenv and secret files out."""
        del dotenv_settings, file_secret_settings
        file = TomlConfigSettingsSource(settings_cls, settings_cls.model_config.get("toml_file"))
        return init_settings, env_settings, file


def _refuse_unknown_environment(environment: Mapping[str, str]) -> None:
    # extra="forbid" sees a misspelt name in the file, but not one in the environment.
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    for name in environment:
        if name.upper().startswith(PREFIX) and name.upper().split("__")[0] not in known:
            raise HuiyingError(f"environment: unknown setting {name}")


def _in_file(file: Path, name: str) -> bool:
    return file.exists() and name in tomllib.loads(file.read_text(encoding="utf-8"))


def load_settings(data: Path) -> Settings:
    """Return the settings of the data folder *data*.

    Raises ``HuiyingError`` naming file, field and value when one is unknown or out of range.
    """
    _refuse_unknown_environment(os.environ)
    file = data / FILE_NAME

    class FolderSettings(Settings):
        """The same fields, read from this folder's file."""

        model_config = SettingsConfigDict(toml_file=file if file.exists() else None)

    try:
        settings = FolderSettings()
    except ValidationError as error:
        raise HuiyingError(f"{file}: {in_one_line(error)}") from error
    except ValueError as error:
        raise HuiyingError(f"{file}: {error}") from error
    if settings.notice_secrets and _in_file(file, "notice_secrets"):
        raise HuiyingError(f"{file}: notice_secrets: belongs in the environment or its own file")
    if settings.crawl_delay_s < 0.5 and not settings.drill:
        raise HuiyingError(
            f"{file}: crawl_delay_s must be at least 0.5 outside a drill, "
            f"got {settings.crawl_delay_s}"
        )
    return settings
