"""Sixty-four texts that try to become more than text, in the usual ways. Written for this test.

Each that can run at all says ``boom`` to the console or opens a dialog; the others try to change
how the page reads: templates, formulas, direction marks, broken comments.
"""

RUN = "console.log('boom')"

SCRIPTS = (
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f"<script\n>{RUN}</script\n>",
    f"<script/x>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"]]><script>{RUN}</script>",
    f"'\"><script>{RUN}</script>",
    "<script>alert(1)</script>",
    "<script>confirm('1')</script>",
    "<script>prompt('密码')</script>",
    "<script src='data:text/javascript,console.log(`boom`)'></script>",
    "<script type=module>console.log('boom')</script>",
)
HANDLERS = (
    f'<img src=x onerror="{RUN}">',
    '<img src=x onerror="alert(1)">',
    f'<IMG SRC=x OnErRoR="{RUN}">',
    "<img src=x onerror=console.log(`boom`)//",
    "<img/src=x/onerror=console.log(`boom`)>",
    '<img src=x onerror="&#99;onsole.log(`boom`)">',
    f'"><img src=x onerror="{RUN}">',
    f'\'><img src=x onerror="{RUN}">',
    f'<svg onload="{RUN}"></svg>',
    "<svg/onload=console.log(`boom`)>",
    "<svg><script>console.log('boom')</script></svg>",
    f'<svg><animate onbegin="{RUN}" attributeName=x dur=1s></svg>',
    f'<video><source onerror="{RUN}"></video>',
    f'<audio src=x onerror="{RUN}"></audio>',
    f'<details open ontoggle="{RUN}"><summary>看</summary></details>',
    f'<input autofocus onfocus="{RUN}">',
    f'<body onload="{RUN}">',
    f'<iframe onload="{RUN}"></iframe>',
    f'<object data=x onerror="{RUN}"></object>',
    f'<style onload="{RUN}"></style>',
    f'<math><mi onclick="{RUN}">x</mi></math>',
    f'<b onclick="{RUN}">点我</b>',
    f'<div style="width:9px" onmouseover="{RUN}">x</div>',
    '<img src=x:x onerror="window[`con`+`sole`].log(`boom`)">',
)
LINKS = (
    '<a href="javascript:console.log(`boom`)">点我</a>',
    '<a href="JaVaScRiPt:console.log(`boom`)">点我</a>',
    '<a href="java\tscript:console.log(`boom`)">点我</a>',
    '<a href="&#106;avascript:console.log(`boom`)">点我</a>',
    "javascript:console.log(`boom`)",
    "data:text/html,<script>console.log('boom')</script>",
    '<iframe src="javascript:console.log(`boom`)"></iframe>',
    "<iframe srcdoc=\"<script>console.log('boom')</script>\"></iframe>",
    "<iframe src=\"data:text/html,<script>console.log('boom')</script>\"></iframe>",
    '<form action="javascript:console.log(`boom`)"><button>点我</button></form>',
    '<base href="javascript:console.log(`boom`)//">',
    '<meta http-equiv=refresh content="0;url=javascript:console.log(`boom`)">',
)
READINGS = (
    "{{7*7}}",
    "{% for x in ().__class__.__bases__ %}x{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{{config.items()}}{{self}}",
    "=1+1+cmd|' /C calc'!A0",
    '+HYPERLINK("x","y")',
    "-2+3+SUM(A1)",
    "\u202e实不属\u202c 望澄\u2066水库\u2069",
    "<!-- --!> <!--> --> 注释",
    "&lt;script&gt;console.log('boom')&lt;/script&gt;",
    "<table><tr><td>假结论：不实</td></tr></table>",
    "<h1>公告</h1><style>*{display:none}</style>",
)
PAYLOADS = (*SCRIPTS, *HANDLERS, *LINKS, *READINGS)

CARRIERS = ("听说望澄水库垮坝了是真的吗", "听说建业路隧道冲走一家三口是真的吗")
"""Rumours that the analysis makes into claims, so that a payload reaches every screen."""


ASKED = "请问石桁乡什么时候来电，冰箱里的东西都要坏了，有人知道几点恢复供电吗？"


def posts(published_at: str) -> list[dict[str, str]]:
    """Return posts of one moment with a payload in text and address, half of each rumour."""
    return [
        _post("post", number, published_at, text=f"{payload}{CARRIERS[number % 2]}", url=payload)
        for number, payload in enumerate(PAYLOADS)
    ]


def asking(published_at: str) -> list[dict[str, str]]:
    """Return questions of one moment, each with a payload before it."""
    return [
        _post("asking", number, published_at, text=f"{payload}{ASKED}")
        for number, payload in enumerate(PAYLOADS)
    ]


def channels(published_at: str) -> list[dict[str, str]]:
    """Return posts of one moment with a payload where the channel's code should stand."""
    return [
        _post("channel", number, published_at, text=CARRIERS[number % 2], channel=payload)
        for number, payload in enumerate(PAYLOADS)
    ]


def _post(kind: str, number: int, published_at: str, **fields: str) -> dict[str, str]:
    return {
        "id": f"{kind}-{number}",
        "published_at": published_at,
        "channel": "forum",
        "author": f"敌意账号{number}",
        **fields,
    }
