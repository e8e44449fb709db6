"""apprise's SMTP, with the gate before it and the reason kept; imported only where mail is sent."""

import smtplib
import ssl
from collections.abc import Sequence
from typing import Any, Self

from apprise.plugins.email.smtp import AppriseSMTPController, SMTPSecureMode

from console.notices.records import Outcome
from console.notices.wire import Gate
from core.vocabulary import DeliveryOutcome


class Mailer:
    """Makes the controller that an apprise mail plugin opens, and keeps how it ended."""

    def __init__(self, gate: Gate) -> None:
        self.taken = 0
        """How many recipients' servers took it."""
        self.failure: Outcome | None = None
        self._gate = gate

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; what one of several recipients took counts as sent.

        For sending it again would reach that one twice.
        """
        if self.taken:
            return Outcome(DeliveryOutcome.SENT, "有收件人被拒收" if self.failure else "")
        return self.failure

    def controller(self, **how: Any) -> AppriseSMTPController:
        """Return a controller of apprise that tells us what went wrong."""
        return _Telling(self, self._gate, **how)


class _Telling(AppriseSMTPController):
    def __init__(self, mailer: Mailer, gate: Gate, **how: Any) -> None:
        # Certificates are always checked, whatever the address says.
        super().__init__(**{**how, "verify_certificate": True})
        self._mailer = mailer
        self._gate = gate

    def __enter__(self) -> Self:
        """Connect and sign in, or keep why not."""
        secure = self.secure_mode != SMTPSecureMode.INSECURE
        if reason := self._gate.refusal(self.host, secure=secure):
            self._mailer.failure = Outcome(DeliveryOutcome.FORBIDDEN, reason)
            raise OSError
        try:
            super().__enter__()
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self._mailer.failure = _failed(error)
            raise OSError from None  # apprise knows this one, and its text tells nothing
        return self

    def sendmail(self, from_addr: str, to_addrs: Sequence[str], message: str) -> bool:
        """Send to one recipient, or keep why not."""
        try:
            refused = self._socket.sendmail(  # type: ignore[attr-defined]
                from_addr, to_addrs, message
            )
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self._mailer.failure = _failed(error)
            return False
        self._mailer.taken += 1
        if refused:
            self._mailer.failure = Outcome(DeliveryOutcome.REFUSED, "有收件人被拒收")
        return True


def _failed(error: OSError | smtplib.SMTPException | UnicodeError) -> Outcome:
    for kind, outcome in _FAILURES:
        if isinstance(error, kind):
            return outcome
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _by_code(min(code for code, _ in error.recipients.values()))
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        return _by_code(error.smtp_code)
    if isinstance(error, TimeoutError) or "timed out" in str(error):  # smtplib wraps some
        return Outcome(DeliveryOutcome.TIMEOUT, "在限定时间内没有回答")
    return Outcome(DeliveryOutcome.UNREACHABLE, "连接不上，或连接中断")


_FAILURES = (
    (smtplib.SMTPAuthenticationError, Outcome(DeliveryOutcome.REFUSED, "邮件服务器拒绝登录")),
    (smtplib.SMTPNotSupportedError, Outcome(DeliveryOutcome.TLS, "邮件服务器不支持加密或登录")),
    (ssl.SSLError, Outcome(DeliveryOutcome.TLS, "证书不可信、过期或与主机名不符")),
    (UnicodeError, Outcome(DeliveryOutcome.REFUSED, "地址、用户名或密码中有邮件不用的字符")),
)


def _by_code(code: int) -> Outcome:
    if code in {421, 450, 451, 452}:
        return Outcome(DeliveryOutcome.SERVER_ERROR, f"邮件服务器暂时不收（{code}）")
    if code == 552:
        return Outcome(DeliveryOutcome.REFUSED, "邮件过长（552）")
    return Outcome(DeliveryOutcome.REFUSED, f"邮件服务器不收（{code}）")
