"""Who a server is: its certificate is verified here, and a refusal is told by name.

Twisted 26.10 verifies, too, but takes a certificate without a usable subjectAltName for anybody's:
the error that says so is logged, and the connection goes on. OpenSSL, in turn, calls an expired
and a self-signed certificate by one name.
"""

import weakref
from typing import Any

from service_identity import CertificateError, VerificationError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.python.failure import Failure
from twisted.web.client import BrowserLikePolicyForHTTPS

from crawler.egress.failures import CertificateRefusedError

# X509_V_ERR_* of OpenSSL's x509_vfy.h
_BY_CODE = {
    9: "证书尚未生效",
    10: "证书已过期",
    18: "证书是自签的",
    19: "证书不是受信任机构签发的",
    20: "证书不是受信任机构签发的",
    21: "证书不是受信任机构签发的",
    23: "证书已吊销",
}
_OTHER_CODE = "证书无法验证"
_WRONG_NAME = "证书不属于该主机名"


class StrictCertificates(BrowserLikePolicyForHTTPS):
    """The TLS settings of *inner*, with our verification."""

    def __init__(self, inner: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._inner = inner

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:  # noqa: N802  Twisted's name
        """Return what creates the connections to *hostname*.

        They end with ``CertificateRefusedError`` unless the certificate is good and its own.
        """
        creator = self._inner.creatorForNetloc(hostname, port)
        create, host = creator.clientConnectionForTLS, hostname.decode("ascii")

        def verified(protocol: Any) -> Any:
            connection = create(protocol)
            connection.set_verify(connection.get_verify_mode(), _verification(protocol, host))
            return connection

        creator.clientConnectionForTLS = verified
        return creator


def _verification(protocol: Any, host: str) -> Any:
    """Return OpenSSL's callback for one connection; False ends the handshake."""
    is_address = isIPAddress(host) or isIPv6Address(host)
    identity = IPAddress_ID(host) if is_address else DNS_ID(host)
    # OpenSSL keeps the callback with the connection, and the protocol keeps the connection.
    connected = weakref.ref(protocol)

    def verify(_: Any, certificate: Any, code: int, depth: int, ok: int) -> bool:
        reason = None if ok else _BY_CODE.get(code, _OTHER_CODE)
        if ok and depth == 0 and not _belongs_to(certificate, identity):
            reason = _WRONG_NAME
        if reason is None:
            return True
        refused = Failure(CertificateRefusedError(reason))  # type: ignore[no-untyped-call]
        connected().failVerification(refused)  # type: ignore[union-attr]
        return False

    return verify


def _belongs_to(certificate: Any, identity: Any) -> bool:
    try:
        verify_service_identity(extract_patterns(certificate), [identity], [])
    except (CertificateError, VerificationError):
        return False
    return True
