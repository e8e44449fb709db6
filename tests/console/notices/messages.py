"""Random messages that are hard to cut: what the desk writes, and what nobody should."""

from random import Random

_PIECES = (
    "七星湾水库水位涨到36.5米，超汛限1.2米。",
    "请转移三千五百人；12:30前到位！",
    "详见 https://example.gov.cn/a?b=1&c=%E4%BD%A0#x 。",
    "“停水三天”，有8人求证？\n",
    "电话 0000-5550110，共 1,200.5 吨。\r\n",
    "👨‍👩‍👧‍👦",
    "🇨🇳",
    "👍🏽",
    "❤️",
    "e\u0301",
    "각",
    "𠮷野家",
    '"\\/\t',
    "\u0001\u001f\u007f",
    "\n\n",
    "    ",
    "a" * 40,
    "长" * 30,
    "！？。；",
    "\ufeff\u200b\u2028",
    '<at user_id="all">',
    '{"errcode":0}',
)


def message(random: Random) -> str:
    """Return a text of up to some thirty thousand characters, short ones more often."""
    length = int(10 ** random.uniform(0, 4.5))
    pieces: list[str] = []
    size = 0
    while size < length:
        kind = random.random()
        if kind < 0.8:
            piece = random.choice(_PIECES)
        elif kind < 0.9:
            piece = random.choice(_PIECES) * random.randint(1, 200)
        else:
            # Any character but halves of one, which have no bytes.
            code = random.choice((random.randrange(0xD800), random.randrange(0xE000, 0x110000)))
            piece = chr(code) * random.randint(1, 5)
        pieces.append(piece)
        size += len(piece)
    return "".join(pieces)[: max(1, length)]
