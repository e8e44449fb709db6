"""Pages that try to take a parser's time, memory or trust, made by code."""

TEXT = "石桥村停水通知。"
LINK = f'<li class="p"><a href="/t/1">{TEXT}</a></li>'


def _formatting(count: int) -> str:
    # The standard builds every open formatting element again in every paragraph that follows.
    return "<p>" + "".join(f"<i a={n}>" for n in range(count)) + "<p>x" * count


PAGES = {
    "20,000 nested divs": "<div>" * 20_000 + LINK,
    "400,000 nested divs": "<div>" * 400_000 + LINK,
    "nested list items": "<ul><li class=p>" * 20_000 + TEXT,
    "8,000 unclosed tags": "<b>x" * 8_000 + LINK,
    "8,000 items in one another": "<span class=p><a href=/x>" * 8_000 + TEXT,
    "a line of 180,000 characters": f'<li class="p"><a href="/t/1">{"水" * 180_000}</a></li>',
    "10,000 comment openers": "<!--" * 10_000 + LINK,
    "formatting that piles up": _formatting(1_000) + LINK,
    "formatting that piles up further": _formatting(20_000) + LINK,
    "50,000 attributes": "<li class=p " + " ".join(f"a{n}=1" for n in range(50_000)) + f">{TEXT}",
    "closing what was never opened": "<b>" * 20_000 + "</u>" * 20_000 + LINK,
    "300,000 tags": "<br>" * 300_000 + LINK,
    "deep and wide": "<div>" * 240 + "<li class=p><a href=/x>x</a></li>" * 20_000,
    "tags without an end": "<li class=p " * 100_000,
    "quotes without an end": '<a b="' * 100_000,
    "scripts without an end": "<script>" * 100_000 + LINK,
    "a million angle brackets": "<" * 1_000_000,
    "a million ampersands": "&" * 1_000_000,
    "characters that turn the text": "&#x202e;&#x200b;&#0;&#xd800;&#x110000;" * 4_000 + LINK,
    "a number of 50,000 digits": f"<li class=p>&#{'1' * 50_000};</li>",
    "NUL": "<li class=p>停\0水<a href='/t\0/1'>x</a></li>",
    "meta refresh": '<meta http-equiv="refresh" content="0;url=http://169.254.169.254/">' + LINK,
    "base to loopback": '<base href="http://127.0.0.1:9/">' + LINK,
    "tables in tables": "<table><tr><td>" * 20_000 + LINK,
    "data stores without an end": "<datastore><![CDATA[" * 50_000 + LINK,
}
