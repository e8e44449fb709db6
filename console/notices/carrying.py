"""Give one part to one target: apprise builds it, ``wire`` and ``mail`` carry it.

Imports apprise, so import this where something is sent.
"""

import base64
import hashlib
import hmac
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from types import FunctionType, MethodType
from urllib.parse import unquote, urlsplit, urlunsplit

from apprise import Apprise, AppriseAsset
from apprise.plugins.base import NotifyBase
from apprise.plugins.email import NotifyEmail

from console.notices.channels import CHANNELS, joined
from console.notices.mail import Mailer
from console.notices.records import Letter, Outcome
from console.notices.targets import Target
from console.notices.wire import Finish, Gate, Wire, recoded
from console.wiring import Services
from core.clock import iso_beijing
from core.vocabulary import DeliveryOutcome, NoticeChannel

SIGNATURE_HEADER = "X-Huiying-Signature"
TIMESTAMP_HEADER = "X-Huiying-Timestamp"
KEY_HEADER = "Idempotency-Key"
_SIGNED = {NoticeChannel.FEISHU, NoticeChannel.WEBHOOK}
"""Where the secret before the @ is ours to sign with; DingTalk's apprise signs itself."""


@dataclass(frozen=True, slots=True)
class Road:
    """What holds for every attempt."""

    gate: Gate
    timeout_s: float
    ca_file: str | None


def road(services: Services) -> Road:
    """Return what the settings say of every attempt."""
    settings = services.settings
    ca_file = settings.notices_ca_file
    return Road(
        gate=Gate(drill=settings.drill, plain_hosts=settings.notices_plain_hosts),
        timeout_s=settings.notices_timeout_s,
        ca_file=str(services.data / ca_file) if ca_file else None,
    )


class _Silence(logging.Filter):
    """apprise and urllib3 write addresses into their logs, and those hold keys."""

    def filter(self, record: logging.LogRecord) -> bool:
        del record
        return False


SILENCE = _Silence()
for _name in ("apprise", "urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(SILENCE)


def carry(letter: Letter, target: Target, road: Road, now: datetime) -> Outcome:
    """Send *letter* to *target* once and return how it ended; no failure of the world is raised."""
    if target.address is None:
        return Outcome(DeliveryOutcome.REFUSED, "密钥文件和环境中都没有它的地址")
    address, secret = _parted(target)
    if target.channel is NoticeChannel.WEBHOOK and not secret:
        return Outcome(DeliveryOutcome.REFUSED, "地址中缺少签名密钥：jsons://密钥@主机/路径")
    plugin = Apprise.instantiate(address, asset=AppriseAsset(secure_logging=True))
    if not isinstance(plugin, NotifyBase):
        return Outcome(DeliveryOutcome.REFUSED, "地址不合格式，见 docs/notices.md")
    plugin.request_rate_per_sec = 0  # the outbox keeps the pace, over restarts too
    if target.channel is NoticeChannel.EMAIL:
        return _mail(plugin, letter, road)
    wire = Wire(
        target.channel,
        road.gate,
        server=target.server,
        timeout_s=road.timeout_s,
        ca_file=road.ca_file,
        now=now,
        finish=_finish(letter, target.channel, secret, now),
    )
    method = "_send" if target.channel is NoticeChannel.NTFY else "send"
    _lend(plugin, method, requests=wire)
    if target.channel is NoticeChannel.NTFY:
        # Its own limit counts escapes that we do not send; past it, it would send a file.
        setattr(plugin, "ntfy_json_upstream_size_limit", 1_000_000)  # noqa: B010
    apart = CHANNELS[target.channel].heading_apart
    plugin.send(
        body=(letter.text or letter.heading) if apart else joined(letter.heading, letter.text),
        title=letter.heading if apart else "",
    )
    return wire.outcome or _unsent()


def _mail(plugin: NotifyBase, letter: Letter, road: Road) -> Outcome:
    mailer = Mailer(road.gate)
    _lend(plugin, "send", AppriseSMTPController=mailer.controller)
    assert isinstance(plugin, NotifyEmail)  # noqa: S101  by its scheme
    plugin.socket_connect_timeout = road.timeout_s
    plugin.headers["X-Huiying-Notice"] = letter.idempotency_key
    plugin.send(body=letter.text or letter.heading, title=letter.heading, body_format="text")  # type: ignore[no-untyped-call]
    return mailer.outcome or _unsent()


def _unsent() -> Outcome:
    return Outcome(DeliveryOutcome.REFUSED, "地址不完整，没有发出，见 docs/notices.md")


def _lend(plugin: NotifyBase, method: str, **names: object) -> None:
    """Let one method of *plugin* find *names* where its module has others, for this plugin only."""
    plain = getattr(type(plugin), method)
    lent = FunctionType(
        plain.__code__,
        {**plain.__globals__, **names},
        method,
        plain.__defaults__,
        plain.__closure__,
    )
    lent.__kwdefaults__ = plain.__kwdefaults__
    setattr(plugin, method, MethodType(lent, plugin))


def _parted(target: Target) -> tuple[str, str]:
    """Return the address as apprise reads it, and the secret that we sign with, or none."""
    assert target.address is not None  # noqa: S101  asked before
    address = target.address.get_secret_value().strip()
    if target.channel not in _SIGNED:
        return address, ""
    parts = urlsplit(address)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, ""
    return urlunsplit(parts._replace(netloc=host)), unquote(user)


def _finish(letter: Letter, channel: NoticeChannel, secret: str, now: datetime) -> Finish:
    """Return what is done to a body of apprise's before it leaves."""
    stamp = str(int(now.timestamp()))

    def plain(body: bytes, _headers: dict[str, str], _query: dict[str, str]) -> bytes:
        return recoded(body)

    def dingtalk(body: bytes, _headers: dict[str, str], query: dict[str, str]) -> bytes:
        if "sign" in query:
            # apprise 2.2 quotes it, and requests quotes it again: DingTalk would refuse it.
            query["sign"] = unquote(query["sign"])
        return recoded(body)

    def feishu(body: bytes, _headers: dict[str, str], _query: dict[str, str]) -> bytes:
        if not secret:
            return recoded(body)
        signed = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        said = json.loads(body) | {"timestamp": stamp, "sign": base64.b64encode(signed).decode()}
        return json.dumps(said, ensure_ascii=False).encode()

    def webhook(_body: bytes, headers: dict[str, str], _query: dict[str, str]) -> bytes:
        # apprise's own body has no place for what a receiver needs to know.
        whole = json.dumps(_told(letter), ensure_ascii=False).encode()
        headers[KEY_HEADER] = letter.idempotency_key
        headers[TIMESTAMP_HEADER] = stamp
        headers[SIGNATURE_HEADER] = signature(secret, stamp, whole)
        return whole

    return {
        NoticeChannel.DINGTALK: dingtalk,
        NoticeChannel.FEISHU: feishu,
        NoticeChannel.WEBHOOK: webhook,
    }.get(channel, plain)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return what stands in ``X-Huiying-Signature`` of a webhook; docs/notices.md checks it.

    >>> signature("key", "1923451200", b"{}")[:20]
    'sha256=7ffe806d007b6'
    """
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def _told(letter: Letter) -> dict[str, str | int]:
    return {
        "version": 1,
        "id": letter.idempotency_key,
        "kind": letter.kind.value,
        "level": letter.level.value,
        "title": letter.heading,
        "text": letter.text,
        "part": letter.part,
        "parts": letter.parts,
        "queued_at": iso_beijing(letter.queued_at),
    }
