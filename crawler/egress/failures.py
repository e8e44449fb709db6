"""Why a request got no usable answer, in words that an operator can act on.

Our own refusals carry their outcome and reason; ``explain`` finds both for what Scrapy, Twisted
and OpenSSL raise. A reason never holds an address with its query or anything of a page.
"""

from collections.abc import Iterator
from typing import Any

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    StopDownload,
    UnsupportedURLSchemeError,
)
from twisted.internet.error import ConnectError, ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.web.client import ResponseFailed, ResponseNeverReceived

from core.vocabulary import VisitOutcome
from crawler.unpacking import MAX_BYTES


class FetchError(IgnoreRequest):
    """A request that was refused or got no usable answer; ``reason`` is Chinese."""

    outcome = VisitOutcome.UNREACHABLE

    def __init__(self, reason: str, outcome: VisitOutcome | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        if outcome is not None:
            self.outcome = outcome


class AddressRefusedError(FetchError):
    """The address, or what its name resolved to, may not be visited."""


class RobotsRefusedError(FetchError):
    """robots.txt forbids the page, or could not be asked (RFC 9309, 2.3.1.4)."""

    outcome = VisitOutcome.DISALLOWED


class DamagedAnswerError(FetchError):
    """The answer is cut off, malformed, or larger than its limit."""

    outcome = VisitOutcome.DAMAGED


class NotAskedError(FetchError):
    """The request was never sent: its host wants no more of them, or the visit's time is over.

    What it was to fetch can wait for the next visit.
    """


class CertificateRefusedError(Exception):
    """The server's certificate does not prove who it is; ``reason`` is Chinese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HeadTooLargeError(Exception):
    """The status line and headers of an answer exceed their limit."""


class CrowdedError(DamagedAnswerError):
    """The answer was cut off to make room for others; another try is worth while."""


class BodyRefusedError(StopDownload):
    """An answer is being cut off while it arrives, and why."""

    def __init__(self, why: FetchError) -> None:
        super().__init__(fail=True)
        self.why = why


_BY_ERROR: tuple[tuple[type[BaseException], VisitOutcome, str], ...] = (
    (IgnoreRequest, VisitOutcome.UNREACHABLE, "重定向过多"),
    (CannotResolveHostError, VisitOutcome.UNREACHABLE, "域名无法解析"),
    (DownloadConnectionRefusedError, VisitOutcome.UNREACHABLE, "连接被拒绝"),
    (DownloadTimeoutError, VisitOutcome.UNREACHABLE, "超时"),
    (DownloadCancelledError, VisitOutcome.DAMAGED, f"超过 {MAX_BYTES} 字节"),
    (ResponseDataLossError, VisitOutcome.DAMAGED, "响应不完整"),
    (UnsupportedURLSchemeError, VisitOutcome.UNREACHABLE, "地址类型不允许"),
    (NotSupported, VisitOutcome.UNREACHABLE, "地址类型不允许"),
    (ConnectionAborted, VisitOutcome.UNREACHABLE, "连接中断"),
    (ConnectionLost, VisitOutcome.UNREACHABLE, "连接中断"),
    (ConnectionDone, VisitOutcome.UNREACHABLE, "对方未答复即断开"),
    (ConnectError, VisitOutcome.UNREACHABLE, "无法建立连接"),
    (HeadTooLargeError, VisitOutcome.DAMAGED, "响应头过大"),
)
EXPLAINED: tuple[type[BaseException], ...] = (
    FetchError,
    DownloadFailedError,
    *(kind for kind, _, _ in _BY_ERROR),
)
"""What a request is known to end with; anything else is our own mistake."""


def explain(error: BaseException) -> tuple[VisitOutcome, str]:
    """Return outcome and reason for *error*, which ended a request."""
    if isinstance(error, FetchError):
        return error.outcome, error.reason
    if isinstance(error, DownloadFailedError):
        return _explain_failed(error)
    for kind, outcome, reason in _BY_ERROR:
        if isinstance(error, kind):
            return outcome, reason
    return VisitOutcome.UNREACHABLE, f"网络错误（{type(error).__name__}）"


def certain_failure(error: DownloadFailedError) -> FetchError | None:
    """Return what another try would not change, or None: a bad certificate stays a bad one."""
    if any(
        isinstance(one, (CertificateRefusedError, HeadTooLargeError))
        for one in _reasons(error.__cause__)
    ):
        outcome, reason = explain(error)
        return FetchError(reason, outcome)
    return None


def _explain_failed(error: DownloadFailedError) -> tuple[VisitOutcome, str]:
    """Name what Twisted gives several reasons for; the first that has a name decides."""
    kinds = list(_reasons(error.__cause__))
    for one in kinds:
        if isinstance(one, CertificateRefusedError):
            return VisitOutcome.UNREACHABLE, f"证书无效：{one.reason}"
        if type(one).__module__.startswith("OpenSSL"):
            return VisitOutcome.UNREACHABLE, "TLS 握手失败"
        if isinstance(one, ConnectionDone) and not _never_answered(error):
            return VisitOutcome.DAMAGED, "响应头不完整"
        for kind, outcome, reason in _BY_ERROR:
            if isinstance(one, kind):
                return outcome, reason
    # What is left was raised by Twisted's parser: ParseError, ValueError, KeyError.
    return VisitOutcome.DAMAGED, "响应不合 HTTP 规范"


def _never_answered(error: DownloadFailedError) -> bool:
    return isinstance(error.__cause__, ResponseNeverReceived)


def _reasons(error: BaseException | None) -> Iterator[BaseException]:
    if not isinstance(error, ResponseFailed):
        return
    failures: Any = error.reasons
    for failure in failures:
        if isinstance(failure.value, ResponseFailed):
            yield from _reasons(failure.value)
        elif failure.value is not None:
            yield failure.value
