"""Scrapy's settings with every way out closed but the guarded one, and the check of them."""

from collections.abc import Mapping
from typing import Any

from scrapy.settings import BaseSettings

from core.errors import HuiyingError
from crawler.unpacking import MAX_BYTES

_EXTENSIONS = {
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.memdebug.MemoryDebugger": None,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.logcount.LogCount": None,
    "scrapy.extensions.feedexport.FeedExporter": None,
    "scrapy.extensions.spiderstate.SpiderState": None,
    "scrapy.extensions.throttle.AutoThrottle": None,
    "crawler.egress.pacing.PoliteThrottle": 0,
    "crawler.egress.bounding.BodyLimits": 0,
}
_MIDDLEWARES = {
    # From the engine to the network; answers go the other way.
    "crawler.egress.guarding.AddressGuard": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.egress.robots.CarefulRobots": 100,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.egress.guarding.WholeAnswer": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.egress.guarding.NamelessRedirect": 600,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    "crawler.egress.guarding.StopWhenRefused": 940,
    "crawler.egress.guarding.PeerGuard": 950,
}
_HANDLERS = {
    "http": "crawler.egress.sending.BoundedHandler",
    "https": "crawler.egress.sending.BoundedHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
_LIMITS = {
    "DOWNLOAD_MAXSIZE": MAX_BYTES,
    # From the first byte sent to the last received. A page that needs more is no page to wait for.
    "DOWNLOAD_TIMEOUT": 30,
    # 150 pages at the usual pace of 2 s. What a visit has not come to by then waits for the next.
    "HUIYING_VISIT_LIMIT_S": 300,
    "REDIRECT_MAX_TIMES": 5,
    "RETRY_TIMES": 1,
}
"""These may be set lower, never higher and never to 0, which means no limit."""

_LEFT_ALONE = (
    "ADDONS",
    "DOWNLOADER",
    "DOWNLOADER_CLIENTCONTEXTFACTORY",
    "DOWNLOADER_MIDDLEWARES_BASE",
    "DOWNLOAD_HANDLERS_BASE",
    "EXTENSIONS_BASE",
    "SPIDER_MIDDLEWARES",
    "SPIDER_MIDDLEWARES_BASE",
)
"""Scrapy's own defaults of these are part of what was measured."""


def guard_settings(*, allow_loopback: bool) -> dict[str, Any]:
    """Return the Scrapy settings that close every other way out."""
    return {
        **_LIMITS,
        "HUIYING_ALLOW_LOOPBACK": allow_loopback,
        "DOWNLOADER_MIDDLEWARES": dict(_MIDDLEWARES),
        "DOWNLOAD_HANDLERS": dict(_HANDLERS),
        "EXTENSIONS": dict(_EXTENSIONS),
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        # Wide enough that a hundred hosts which never answer leave room for the others.
        "CONCURRENT_REQUESTS": 128,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REFERER_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        # Scrapy drops longer addresses without a word; the guard refuses them by name.
        "URLLENGTH_LIMIT": 0,
        "RETRY_HTTP_CODES": [502, 504, 522, 524, 408],
        # A silent host is not asked twice: it would hold its place for a minute.
        "RETRY_EXCEPTIONS": [
            "crawler.egress.failures.CrowdedError",
            "scrapy.exceptions.DownloadFailedError",
            "scrapy.exceptions.ResponseDataLossError",
            "twisted.internet.error.ConnectionDone",
            "twisted.internet.error.ConnectionLost",
        ],
    }


def require_guards(settings: Mapping[str, Any] | BaseSettings) -> None:
    """Raise ``HuiyingError`` naming every setting that opens what ``guard_settings`` closes."""
    wanted = guard_settings(allow_loopback=bool(settings.get("HUIYING_ALLOW_LOOPBACK")))
    problems = [
        f"{name} must be {value!r}, got {settings.get(name)!r}"
        for name, value in wanted.items()
        if not _stands(name, value, settings.get(name))
    ]
    problems += [f"{name} must not be set" for name in _LEFT_ALONE if _is_set(settings, name)]
    if not str(settings.get("USER_AGENT")).startswith("Huiying/"):
        problems.append(f"USER_AGENT must be honest, got {settings.get('USER_AGENT')!r}")
    if problems:
        raise HuiyingError("; ".join(f"crawler settings: {p}" for p in problems))


def _stands(name: str, wanted: Any, found: Any) -> bool:
    if name in _LIMITS:
        return isinstance(found, int | float) and 0 < found <= wanted
    return bool(wanted == (dict(found) if isinstance(found, BaseSettings) else found))


def _is_set(settings: Mapping[str, Any] | BaseSettings, name: str) -> bool:
    if isinstance(settings, BaseSettings):
        return (settings.getpriority(name) or 0) > 0
    return name in settings
