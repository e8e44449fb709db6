"""What servers do, good and bad, and how a visit to each must end."""

import asyncio
import datetime as dt
import gzip
import ipaddress
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.vocabulary import VisitOutcome
from tests.crawler.hostile import (
    CHUNK,
    Answer,
    Exchange,
    HostileServer,
    Site,
    answer,
    bare,
    detail,
    feed,
    listing,
    packed,
    posts,
    to,
)

OK, DAMAGED, DISALLOWED = VisitOutcome.OK, VisitOutcome.DAMAGED, VisitOutcome.DISALLOWED
REFUSED, THROTTLED = VisitOutcome.REFUSED, VisitOutcome.THROTTLED
UNREACHABLE, EMPTY, LOGIN = VisitOutcome.UNREACHABLE, VisitOutcome.EMPTY, VisitOutcome.LOGIN_PAGE

LISTING = {
    "item": "li.t",
    "link": "a",
    "detail_id": "article::attr(data-id)",
    "detail_text": "article p",
    "detail_time": "time",
}
JSONLIST = {"items": "list", "id": "id", "text": "body", "time": "at"}


@dataclass(frozen=True)
class Case:
    """One host and how the visit to it must end."""

    site: Site
    outcome: VisitOutcome
    said: str
    """Words of the visit's reason, or of a defect when the list itself was read."""
    found: int = 0
    kind: str = "feed"
    pace_s: float = 0.0


def page(body: str | bytes, *headers: str) -> bytes:
    return answer(body, "200 OK", *headers)


def behind(*pages: Answer) -> Mapping[str, Answer]:
    return {f"/d/{number}": one for number, one in enumerate(pages)}


# Acts


async def nothing(_: Exchange) -> None:
    """Close without a word."""


async def silent(exchange: Exchange) -> None:
    await exchange.silence()


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def reset_midway(exchange: Exchange) -> None:
    await exchange.send(bare("HTTP/1.1 200 OK", "Content-Length: 90000") + b"<rss>")
    exchange.reset()


async def slow_head(exchange: Exchange) -> None:
    await exchange.drip(bare("HTTP/1.1 200 OK", "X-Slow: " + "a" * 4000))


async def slow_body(exchange: Exchange) -> None:
    await exchange.send(bare("HTTP/1.1 200 OK", "Content-Length: 4000"))
    await exchange.drip(b"<" * 4000)


async def endless_body(exchange: Exchange) -> None:
    await exchange.send(bare("HTTP/1.1 200 OK", "Content-Type: text/xml"))
    await exchange.flood(CHUNK)


async def endless_trickle(exchange: Exchange) -> None:
    await exchange.send(bare("HTTP/1.1 200 OK", "Content-Type: text/xml"))
    await exchange.flood(b"<item>" * 100, pause_s=0.1)


async def endless_chunks(exchange: Exchange) -> None:
    await exchange.send(bare("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"))
    await exchange.flood(b"10000\r\n" + CHUNK + b"\r\n")


async def tiny_chunks(exchange: Exchange) -> None:
    await exchange.send(bare("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"))
    await exchange.flood(b"1\r\nx\r\n" * 4096)


async def endless_chunk_size(exchange: Exchange) -> None:
    await exchange.send(bare("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"))
    await exchange.flood(b"0" * 65536)


async def endless_trailers(exchange: Exchange) -> None:
    await exchange.send(bare("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + b"0\r\n")
    await exchange.flood(b"X-Trailer: a\r\n" * 1000)


async def endless_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    await exchange.flood(b"X-Header: aaaaaaaaaaaaaaaa\r\n" * 1000)


async def endless_header_line(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-Header: ")
    await exchange.flood(b"a" * 65536)


async def endless_folding(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-Header: a\r\n")
    await exchange.flood(b" folded on and on\r\n" * 1000)


async def endless_continue(exchange: Exchange) -> None:
    await exchange.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


async def endless_robots(exchange: Exchange) -> None:
    await exchange.send(bare("HTTP/1.1 200 OK", "Content-Type: text/plain"))
    await exchange.send(b"User-agent: *\nDisallow: /\n")
    await exchange.flood(b"# and on\n" * 4096)


async def slow_detail(exchange: Exchange) -> None:
    number = int(exchange.asked.path.rpartition("/")[2])
    await asyncio.sleep(3)
    await exchange.send(answer(detail("慢", number)))


async def shouting(exchange: Exchange) -> None:
    """Say hello as other services do, before anything was asked."""
    await exchange.send(b"SSH-2.0-OpenSSH_9.9\r\n")
    await exchange.silence()


async def plain_words(exchange: Exchange) -> None:
    await exchange.send(answer("not TLS", "400 Bad Request"))


async def chain(exchange: Exchange) -> None:
    hop = int(exchange.asked.path.rpartition("/")[2] or 0)
    await exchange.send(to(f"/hop/{hop + 1}"))


async def two_host_loop(exchange: Exchange) -> None:
    await exchange.send(to(exchange.server.url("redirect_back")))


async def loop_back(exchange: Exchange) -> None:
    await exchange.send(to(exchange.server.url("redirect_away")))


async def to_a_forbidden_site(exchange: Exchange) -> None:
    await exchange.send(to(exchange.server.url("robots_disallow", "/secret")))


async def cut_when_reused(exchange: Exchange) -> None:
    """Answer the first request of a connection and cut it when another one comes."""
    if exchange.asked.on_connection == 1:
        await exchange.send(page(feed("换线")))


THOUSAND_COOKIES = [f"Set-Cookie: c{n}=v{n}; Domain=.example; Path=/" for n in range(1000)]
ZEROS = bytes(60_000_000)
WILD = b"User-agent: *\nDisallow: /" + b"*a" * 20_000 + b"$\n"
CROWD = b"User-agent: *\n" + b"".join(b"Disallow: /*%d\n" % n for n in range(20_000))
AGENTS = b"".join(b"User-agent: a%d\n" % n for n in range(20_000)) + b"".join(
    b"Disallow: /%d\n" % n for n in range(10_000)
)
LATE_BAN = b"User-agent: *\nAllow: /\n" + b"#" * 79 + b"\n" + (b"#" * 79 + b"\n") * 7_000
FEED = feed("坏")

BAD: Mapping[str, Case] = {
    # No answer, or none that is HTTP
    "no_status": Case(Site(b"hello"), DAMAGED, "响应头不完整"),
    "nothing_said": Case(Site(nothing), UNREACHABLE, "未答复"),
    "reset": Case(Site(reset), UNREACHABLE, "连接中断"),
    "reset_midway": Case(Site(reset_midway), DAMAGED, "不完整"),
    "silent": Case(Site(silent), UNREACHABLE, "超时"),
    "another_service": Case(Site(b"", on_connect=shouting), DISALLOWED, "HTTP 规范"),
    "body_without_head": Case(Site(FEED.encode() + b"\n"), DAMAGED, "HTTP 规范"),
    "wrong_version": Case(Site(b"HTTP/x 200 OK\r\n\r\n"), DAMAGED, "HTTP 规范"),
    "status_in_words": Case(Site(b"HTTP/1.1 fine OK\r\n\r\n"), DAMAGED, "HTTP 规范"),
    "status_999": Case(Site(answer(FEED, "999 Go Away")), UNREACHABLE, "999"),
    "continue_for_ever": Case(Site(endless_continue), DAMAGED, "响应头过大"),
    # Heads
    "slow_head": Case(Site(slow_head), UNREACHABLE, "超时"),
    "long_header": Case(
        Site(bare("HTTP/1.1 200 OK", "X-A: " + "a" * 90_000)), DAMAGED, "响应头过大"
    ),
    "endless_header_line": Case(Site(endless_header_line), DAMAGED, "响应头过大"),
    "endless_headers": Case(Site(endless_headers), DAMAGED, "响应头过大"),
    "endless_folding": Case(Site(endless_folding), DAMAGED, "响应头过大"),
    "many_headers": Case(
        Site(page(FEED, *(f"X-{n}: a" for n in range(20_000)))), DAMAGED, "响应头过大"
    ),
    "many_cookies": Case(Site(page(FEED, *THOUSAND_COOKIES)), OK, "", found=5),
    "header_without_colon": Case(Site(page(FEED, "no colon here")), OK, "", found=5),
    "referrer_policy": Case(Site(page(FEED, "Referrer-Policy: os.system")), OK, "", found=5),
    "meta_refresh": Case(
        Site(page('<meta http-equiv="refresh" content="0;url=http://10.0.0.1/">')), DAMAGED, "XML"
    ),
    # Lengths
    "body_too_short": Case(
        Site(bare("HTTP/1.1 200 OK", "Content-Length: 10000") + b"<rss>half"), DAMAGED, "不完整"
    ),
    "two_lengths": Case(
        Site(bare("HTTP/1.1 200 OK", "Content-Length: 5", "Content-Length: 50") + b"hello"),
        DAMAGED,
        "HTTP 规范",
    ),
    "negative_length": Case(
        Site(bare("HTTP/1.1 200 OK", "Content-Length: -5") + b"hello"), DAMAGED, "HTTP 规范"
    ),
    "length_in_words": Case(
        Site(bare("HTTP/1.1 200 OK", "Content-Length: many") + b"hello"), DAMAGED, "HTTP 规范"
    ),
    "length_of_99_gb": Case(
        Site(bare("HTTP/1.1 200 OK", "Content-Length: 99000000000") + CHUNK), DAMAGED, "超过"
    ),
    "length_too_small": Case(
        Site(bare("HTTP/1.1 200 OK", "Content-Length: 60") + FEED.encode()), DAMAGED, "XML"
    ),
    "bad_chunk": Case(
        Site(bare("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + b"ZZ\r\nx"), DAMAGED, "不完整"
    ),
    "chunk_cut": Case(
        Site(bare("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + b"ff\r\n<rss>"),
        DAMAGED,
        "不完整",
    ),
    "chunk_size_for_ever": Case(Site(endless_chunk_size), DAMAGED, "不完整"),
    "trailers_for_ever": Case(Site(endless_trailers), DAMAGED, "不完整"),
    "unknown_transfer": Case(
        Site(bare("HTTP/1.1 200 OK", "Transfer-Encoding: rot13") + b"hello"), DAMAGED, "HTTP 规范"
    ),
    # Bodies
    "slow_body": Case(Site(slow_body), UNREACHABLE, "超时"),
    "endless_body": Case(Site(endless_body), DAMAGED, "超过"),
    "endless_trickle": Case(Site(endless_trickle), UNREACHABLE, "超时"),
    "endless_chunks": Case(Site(endless_chunks), DAMAGED, "超过"),
    "tiny_chunks": Case(Site(tiny_chunks), DAMAGED, "过碎"),
    "empty_page": Case(Site(page("")), EMPTY, "空"),
    "login_page": Case(
        Site(page("<html><form><input type=password></form></html>")), LOGIN, "登录"
    ),
    "cut_feed": Case(Site(page(FEED[:300])), DAMAGED, "XML"),
    "unasked_304": Case(Site(answer(b"", "304 Not Modified")), DAMAGED, "304"),
    "part_of_a_page": Case(Site(answer(FEED, "206 Partial Content")), UNREACHABLE, "206"),
    # Packing
    "gzip_bomb": Case(
        Site(page(gzip.compress(ZEROS), "Content-Encoding: gzip")), DAMAGED, "解压后超过"
    ),
    "gzip_twice": Case(
        Site(page(packed(packed(ZEROS[:40_000_000])), "Content-Encoding: gzip, gzip")),
        DAMAGED,
        "多层压缩",
    ),
    "gzip_in_a_hundred_names": Case(
        Site(page(packed(FEED), "Content-Encoding: " + ", ".join(["gzip"] * 100))),
        DAMAGED,
        "多层压缩",
    ),
    "gzip_cut": Case(Site(page(packed(FEED)[:-20], "Content-Encoding: gzip")), DAMAGED, "不完整"),
    "gzip_in_name_only": Case(Site(page(FEED, "Content-Encoding: gzip")), DAMAGED, "压缩内容"),
    "raw_deflate": Case(
        Site(page(zlib.compress(FEED.encode())[2:-4], "Content-Encoding: deflate")),
        DAMAGED,
        "压缩方式",
    ),
    "brotli": Case(Site(page(FEED, "Content-Encoding: br")), DAMAGED, "压缩方式"),
    # Redirects
    "redirect_to_itself": Case(Site(to("/")), UNREACHABLE, "重定向过多"),
    "redirect_25_times": Case(Site(chain), UNREACHABLE, "重定向过多"),
    "redirect_away": Case(Site(two_host_loop), UNREACHABLE, "重定向过多"),
    "redirect_back": Case(Site(loop_back), UNREACHABLE, "重定向过多"),
    "redirect_to_private": Case(Site(to("http://10.0.0.1/")), UNREACHABLE, "已拦截"),
    "redirect_to_metadata": Case(
        Site(to("http://[::ffff:a9fe:a9fe]/latest")), UNREACHABLE, "已拦截"
    ),
    "redirect_with_password": Case(
        Site(to("http://user:pass@127.0.0.1/")), UNREACHABLE, "账号或口令"
    ),
    "redirect_to_file": Case(Site(to("file:///etc/passwd")), UNREACHABLE, "不允许的地址"),
    "redirect_to_data": Case(Site(to("data:text/html,x")), UNREACHABLE, "不允许的地址"),
    "redirect_to_ftp": Case(Site(to("ftp://127.0.0.1/")), UNREACHABLE, "不允许的地址"),
    "redirect_to_nowhere": Case(Site(answer(b"", "302 Found")), UNREACHABLE, "302"),
    "redirect_to_no_address": Case(Site(to("http://[::1/")), UNREACHABLE, "重定向地址无法解析"),
    "redirect_with_injection": Case(
        Site(to("http://news.example/%0d%0aX-Evil:1")), UNREACHABLE, "已拦截"
    ),
    "redirect_too_long": Case(Site(to("/" + "a" * 4000)), UNREACHABLE, "2048"),
    "redirect_past_robots": Case(Site(to_a_forbidden_site), DISALLOWED, "不允许"),
    # Refusals
    "says_401": Case(Site(answer(b"", "401 Unauthorized")), REFUSED, "401"),
    "says_403": Case(Site(answer(b"", "403 Forbidden")), REFUSED, "403"),
    "says_404": Case(Site(answer(b"", "404 Not Found")), UNREACHABLE, "404"),
    "says_410": Case(Site(answer(b"", "410 Gone")), UNREACHABLE, "410"),
    "says_429": Case(
        Site(answer(b"", "429 Too Many Requests", "Retry-After: 99999999999")), THROTTLED, "429"
    ),
    "says_500": Case(Site(answer(b"", "500 Oh")), UNREACHABLE, "500"),
    "says_502": Case(Site(answer(b"", "502 Oh")), UNREACHABLE, "502"),
    "says_503": Case(
        Site(answer(b"", "503 Oh", "Retry-After: Wed, 17 Jun 2099 00:00:00 GMT")),
        THROTTLED,
        "503",
    ),
    "says_403_in_bad_gzip": Case(
        Site(answer(b"broken", "403 Forbidden", "Content-Encoding: gzip")), REFUSED, "403"
    ),
    "list_then_429": Case(
        Site(page(listing(40)), pages=behind(*[answer(b"", "429 Slow Down")] * 40)),
        THROTTLED,
        "429",
        found=40,
        kind="list",
    ),
    "list_then_silence": Case(
        Site(page(listing(3)), pages=behind(page(detail("默", 0)), silent, page(detail("默", 2)))),
        OK,
        "超时",
        found=3,
        kind="list",
    ),
    "list_of_slow_pages": Case(
        Site(page(listing(60)), pages=behind(*[slow_detail] * 60)),
        OK,
        "本次访问已满",
        found=60,
        kind="list",
        pace_s=0.5,
    ),
    # robots.txt
    "robots_500": Case(Site(page(FEED), answer(b"", "500 Oh")), DISALLOWED, "无法读取（500）"),
    "robots_503": Case(Site(page(FEED), answer(b"", "503 Oh")), DISALLOWED, "无法读取（503）"),
    "robots_429": Case(Site(page(FEED), answer(b"", "429 Oh")), DISALLOWED, "无法读取（429）"),
    "robots_silent": Case(Site(page(FEED), silent), UNREACHABLE, "超时（读取 robots.txt 时）"),
    "robots_reset": Case(Site(page(FEED), reset), UNREACHABLE, "robots.txt"),
    "robots_to_private": Case(
        Site(page(FEED), to("http://10.0.0.1/robots.txt")), UNREACHABLE, "已拦截"
    ),
    "robots_to_file": Case(Site(page(FEED), to("file:///etc/passwd")), DISALLOWED, "无法读取"),
    "robots_to_itself": Case(Site(page(FEED), to("/robots.txt")), UNREACHABLE, "重定向过多"),
    "robots_disallow": Case(
        Site(page(FEED), page("User-agent: *\nDisallow: /")), DISALLOWED, "不允许"
    ),
    "robots_names_us": Case(
        Site(page(FEED), page("User-agent: *\nAllow: /\n\nUser-agent: HUIYING/2\nDisallow: /")),
        DISALLOWED,
        "不允许",
    ),
    "robots_wild": Case(Site(page(FEED), page(WILD)), OK, "", found=5),
    "robots_crowded": Case(Site(page(FEED), page(CROWD)), DISALLOWED, "规则过多"),
    "robots_of_all_agents": Case(Site(page(FEED), page(AGENTS)), OK, "", found=5),
    "robots_endless": Case(Site(page(FEED), endless_robots), DISALLOWED, "不允许"),
    "robots_ban_beyond_limit": Case(
        Site(page(FEED), page(LATE_BAN + b"User-agent: huiying\nDisallow: /\n")), OK, "", found=5
    ),
    "robots_in_bad_gzip": Case(
        Site(page(FEED), page(b"broken", "Content-Encoding: gzip")), DISALLOWED, "压缩内容"
    ),
    "robots_is_a_page": Case(Site(page(FEED), page("<html>not found</html>")), OK, "", found=5),
}

GOOD: Mapping[str, Case] = {
    "good_feed": Case(Site(page(feed("好"))), OK, "", found=5),
    "good_gzip": Case(Site(page(packed(feed("包")), "Content-Encoding: gzip")), OK, "", found=5),
    "good_chunks": Case(
        Site(
            bare("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")
            + b"".join(
                b"%x\r\n%s\r\n" % (len(piece), piece)
                for piece in (feed("块").encode()[n : n + 50] for n in range(0, 9000, 50))
                if piece
            )
            + b"0\r\n\r\n"
        ),
        OK,
        "",
        found=5,
    ),
    "good_moved": Case(
        Site(to("/new", "301 Moved"), pages={"/new": page(feed("迁"))}), OK, "", found=5
    ),
    "good_robots": Case(
        Site(page(feed("许")), page("User-agent: *\nDisallow: /private\nAllow: /")), OK, "", found=5
    ),
    "good_reconnect": Case(Site(cut_when_reused, pages={}), OK, "", found=5),
    "good_list": Case(
        Site(
            answer(listing(20), close=False),
            pages=behind(*(answer(detail("甲", n), close=False) for n in range(20))),
        ),
        OK,
        "",
        found=20,
        kind="list",
    ),
    "good_list_closing": Case(
        Site(page(listing(20)), pages=behind(*(page(detail("乙", n)) for n in range(20)))),
        OK,
        "",
        found=20,
        kind="list",
    ),
    "good_json": Case(Site(page(posts("丙"))), OK, "", found=5, kind="json"),
    "good_json_late": Case(Site(page(posts("丁", 50))), OK, "", found=50, kind="json"),
}


def sources_of(cases: Mapping[str, Case], server: HostileServer) -> list[dict[str, object]]:
    """Return what ``run_crawl`` takes for *cases*."""
    kinds: Mapping[str, dict[str, object]] = {
        "feed": {},
        "list": {"parser": "listing", "selectors": LISTING},
        "json": {"parser": "jsonlist", "selectors": JSONLIST},
    }
    return [
        {"name": name, "url": server.url(name), "pace_s": case.pace_s, **kinds[case.kind]}
        for name, case in cases.items()
    ]


# TLS


def tls_cases(folder: Path) -> tuple[dict[str, Case], Path]:
    """Return hosts with certificates of all kinds, and the file of the authority to trust."""
    ours, theirs = trustme.CA(), trustme.CA()
    trusted = folder / "authority.pem"
    ours.cert_pem.write_to_path(str(trusted))
    loopback = [f"127.1.0.{n}" for n in range(1, 255)]
    past = dt.datetime(2021, 6, 17, tzinfo=dt.UTC)
    cases = {
        "tls_good": (ours.issue_cert(*loopback), OK, ""),
        "tls_expired": (ours.issue_cert(*loopback, not_after=past), UNREACHABLE, "证书已过期"),
        "tls_wrong_name": (ours.issue_cert("news.example"), UNREACHABLE, "不属于该主机名"),
        "tls_unknown": (theirs.issue_cert(*loopback), UNREACHABLE, "不是受信任机构"),
    }
    made = {
        name: Case(Site(page(feed(name)), tls=_context(cert)), outcome, said, 5 if not said else 0)
        for name, (cert, outcome, said) in cases.items()
    }
    self_signed = _self_signed(folder, loopback)
    nameless = _nameless(folder, ours)
    made["tls_self_signed"] = Case(Site(page(FEED), tls=self_signed), UNREACHABLE, "自签")
    made["tls_nameless"] = Case(Site(page(FEED), tls=nameless), UNREACHABLE, "不属于该主机名")
    made["tls_plain"] = Case(Site(b"", on_connect=plain_words), UNREACHABLE, "TLS 握手失败")
    made["tls_silent"] = Case(Site(b"", on_connect=silent), UNREACHABLE, "超时")
    made["tls_cut"] = Case(Site(b"", on_connect=nothing), UNREACHABLE, "robots.txt")
    return made, trusted


def _context(cert: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert.configure_cert(context)
    return context


def _self_signed(folder: Path, hosts: list[str]) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(h)) for h in hosts])
    return _made_by_hand(folder, key, key, _name("nobody"), names)


def _nameless(folder: Path, authority: trustme.CA) -> ssl.SSLContext:
    """A certificate of a trusted authority that says for whom it is in its subject alone."""
    signer = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes()).subject
    return _made_by_hand(folder, ec.generate_private_key(ec.SECP256R1()), signer, issuer, None)


def _made_by_hand(folder, key, signer, issuer, names) -> ssl.SSLContext:
    now = dt.datetime.now(dt.UTC)  # noqa: TID251  OpenSSL compares with the real time
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name("nobody"))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )
    if names:
        builder = builder.add_extension(names, critical=False)
    certificate = builder.sign(signer, hashes.SHA256())
    file = folder / f"{certificate.serial_number}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
