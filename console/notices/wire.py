"""One attempt over the network, and how it ended in words; the only place that opens a socket.

apprise builds what each platform wants but tells only true or false. So its plugins are given
``Wire`` where they say ``requests``, and ``mail`` does the same for its SMTP.
"""

import ipaddress
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests

from console.notices.records import Outcome
from core.vocabulary import DeliveryOutcome, NoticeChannel

MOST_ANSWER_BYTES = 65_536
LONGEST_WAIT_S = 3600


@dataclass(frozen=True, slots=True)
class Gate:
    """Which hosts may be reached."""

    drill: bool
    plain_hosts: frozenset[str]
    """May be reached without TLS, or though they are this machine."""

    def refusal(self, host: str, *, secure: bool) -> str | None:
        """Return why nothing may be sent to *host*, or None."""
        here = is_loopback(host)
        if self.drill:
            return None if here else "演练中只能发往本机"
        if host in self.plain_hosts:
            return None
        if here:
            return "发往本机须在 notices_plain_hosts 中写明"
        return None if secure else "不加密的地址须在 notices_plain_hosts 中写明"


def is_loopback(host: str) -> bool:
    """Return whether *host* is this machine by its very name; nothing is looked up."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


Finish = Callable[[bytes, dict[str, str], dict[str, str]], bytes]
"""(body, headers, query) -> the body that leaves; headers and query may be changed."""


class Wire:
    """Stands where an apprise plugin says ``requests``: sends once, keeps how it ended."""

    codes = requests.codes
    RequestException = requests.RequestException

    def __init__(
        self,
        channel: NoticeChannel,
        gate: Gate,
        *,
        server: str | None,
        timeout_s: float,
        ca_file: str | None,
        now: datetime,
        finish: Finish,
    ) -> None:
        self.outcome: Outcome | None = None
        self._channel = channel
        self._gate = gate
        self._server = server
        self._timeout_s = timeout_s
        self._ca_file = ca_file
        self._now = now
        self._finish = finish

    def post(
        self,
        url: str,
        *,
        data: str | bytes,
        headers: dict[str, str],
        params: dict[str, str] | None = None,
        auth: Any = None,
        **_: object,
    ) -> requests.Response:
        """Send as ``requests.post`` does, without redirects, proxies or .netrc."""
        url = _moved(url, self._server)
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        if reason := self._gate.refusal(parts.hostname or "", secure=secure):
            self.outcome = Outcome(DeliveryOutcome.FORBIDDEN, reason)
            raise requests.ConnectionError
        plain = data.encode() if isinstance(data, str) else data
        headers = {**headers, "Content-Type": "application/json; charset=utf-8"}
        query = dict(params or {})
        body = self._finish(plain, headers, query)
        try:
            with requests.Session() as session:
                session.trust_env = False
                response = session.post(
                    url,
                    data=body,
                    headers=headers,
                    params=query,
                    auth=auth,
                    verify=self._ca_file or True,
                    timeout=self._timeout_s,
                    allow_redirects=False,
                    stream=True,
                )
                answer = self._read(response)
        except (requests.RequestException, UnicodeError) as error:
            self.outcome = _failed(error)
            raise requests.ConnectionError from None
        self.outcome = judged(self._channel, response, answer, self._now)
        return response

    def request(self, method: str, url: str, **how: Any) -> requests.Response:
        """Send as ``requests.request`` does; the method is POST, whatever an address asks for."""
        del method
        return self.post(url, **how)

    def _read(self, response: requests.Response) -> bytes:
        """Return the answer's first bytes; one that drips without end is a timeout."""
        deadline = time.monotonic() + self._timeout_s
        answer = b""
        try:
            while len(answer) < MOST_ANSWER_BYTES and (chunk := response.raw.read1(4096)):
                answer += chunk
                if time.monotonic() > deadline:
                    break
        except OSError as error:
            raise requests.ConnectionError(error) from None
        if time.monotonic() > deadline:
            raise requests.ReadTimeout
        response._content = answer  # noqa: SLF001  the plugin reads what we have read
        return answer


def recoded(body: bytes) -> bytes:
    """Return a JSON body in UTF-8 without escapes that need not be: a third of the bytes."""
    return json.dumps(json.loads(body), ensure_ascii=False).encode()


def _moved(url: str, server: str | None) -> str:
    if server is None:
        return url
    to, parts = urlsplit(server), urlsplit(url)
    return urlunsplit((to.scheme, to.netloc, parts.path, parts.query, ""))


def _failed(error: requests.RequestException | UnicodeError) -> Outcome:
    # By its kind alone: its text holds the address.
    if isinstance(error, requests.exceptions.SSLError):
        return Outcome(DeliveryOutcome.TLS, "证书不可信、过期或与主机名不符")
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return Outcome(DeliveryOutcome.TIMEOUT, "在限定时间内没有回答")
    if isinstance(error, _MALFORMED):
        return Outcome(DeliveryOutcome.REFUSED, "地址不合格式")
    return Outcome(DeliveryOutcome.UNREACHABLE, "连接不上，或连接中断")


_MALFORMED = (
    UnicodeError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
)
_TOO_FAST = frozenset({45009, 45033, 130101, 130102, 302033, 11232, 11233})
_MEANINGS = {
    40008: "消息类型不合要求",
    40058: "参数不合要求，多为过长",
    45002: "消息过长",
    93000: "机器人地址无效，或机器人已被移除",
    300001: "令牌无效",
    310000: "安全设置不符：关键词、签名或来源地址",
    9499: "请求不合要求，多为过长或格式有误",
    19001: "机器人地址无效",
    19021: "签名不符，或本机时间不准",
    19022: "本机地址不在允许之列",
    19024: "缺少关键词",
}
_CODE_FIELDS = {
    NoticeChannel.WECOM: "errcode",
    NoticeChannel.DINGTALK: "errcode",
    NoticeChannel.FEISHU: "code",
}
_HTTP_MEANINGS = {401: "密钥不对", 403: "不许发送", 404: "没有这个地址", 413: "消息过长"}


def judged(
    channel: NoticeChannel, response: requests.Response, answer: bytes, now: datetime
) -> Outcome:
    """Return how an attempt ended by what was answered; 200 alone is not yet a success."""
    status = response.status_code
    wait_s = _retry_after(response.headers.get("Retry-After"), now)
    if status == 429:
        return Outcome(DeliveryOutcome.THROTTLED, "发送过快（HTTP 429）", wait_s)
    if status >= 500:
        return Outcome(DeliveryOutcome.SERVER_ERROR, f"对方出错（HTTP {status}）", wait_s)
    if 300 <= status < 400:
        return Outcome(DeliveryOutcome.REFUSED, f"要求转到别处，没有跟随（HTTP {status}）")
    if status >= 400:
        why = _HTTP_MEANINGS.get(status, "不收")
        return Outcome(DeliveryOutcome.REFUSED, f"{why}（HTTP {status}）")
    if channel is NoticeChannel.WEBHOOK:
        return Outcome(DeliveryOutcome.SENT)
    return _by_answer(channel, answer)


def _by_answer(channel: NoticeChannel, answer: bytes) -> Outcome:
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        said = None
    field = _CODE_FIELDS.get(channel, "id")
    if not isinstance(said, dict) or field not in said:
        # A sign-in page of the network in between answers 200, too.
        return Outcome(DeliveryOutcome.SERVER_ERROR, "回答不是该平台的格式，中间可能有认证页面")
    code = said[field]
    if channel is NoticeChannel.NTFY or code == 0:
        return Outcome(DeliveryOutcome.SENT)
    if not isinstance(code, int):
        return Outcome(DeliveryOutcome.SERVER_ERROR, "回答不是该平台的格式")
    if code in _TOO_FAST:
        return Outcome(DeliveryOutcome.THROTTLED, f"发送过快（代码 {code}）")
    return Outcome(DeliveryOutcome.REFUSED, f"{_MEANINGS.get(code, '不收')}（代码 {code}）")


def _retry_after(text: str | None, now: datetime) -> float | None:
    """Return the seconds of a ``Retry-After``, an hour at most; None when there is none."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - now).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT_S) if seconds == seconds else None  # noqa: PLR0124
