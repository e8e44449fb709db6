"""Traditional characters as simplified ones, for comparing and understanding only. Pure.

What is stored and shown stays as it was written.
"""

import re
from functools import cache
from typing import Any


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


@cache
def _traditional() -> re.Pattern[str]:
    """Return a pattern for the characters that simplified Chinese does not use.

    Those that both use (乾, 後, 著) are left out: a text with no others is not traditional.
    """
    characters = [chr(code) for code in range(0x3400, 0xA000)]
    simple = _converter().convert("\n".join(characters)).split("\n")
    changed = (c for c, s in zip(characters, simple, strict=True) if c != s)
    return re.compile(f"[{''.join(c for c in changed if not _in_gb2312(c))}]")


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def simplified(text: str) -> str:
    """Return *text* in simplified characters; one without traditional characters comes back as is.

    Source: OpenCC's phrase tables, configuration t2s. A simplified text costs about 2 microseconds.

    >>> simplified("澄川縣城東停水")
    '澄川县城东停水'
    >>> simplified("乾隆年间的桥")
    '乾隆年间的桥'
    """
    if text.isascii() or not _traditional().search(text):
        return text
    return str(_converter().convert(text))
