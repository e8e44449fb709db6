"""JSON read strictly and within limits, and values found in it by dotted paths. Pure."""

import json
import math
import re
from typing import Any, NoReturn

from crawler.parsers import page as pages
from crawler.parsers.page import ParseError

MAX_CONTAINERS = 200_000
"""Objects and lists of one document: a bound for memory that holds before they are built."""
MAX_ESCAPES = 1_500_000
"""Escaped characters of one document; the largest page holds 1,400,000 of ``\\u6c34``."""
MAX_STEPS = 64
"""Steps of one dotted path."""

# Escapes of characters beyond U+FFFF come in two halves; what was cut in the middle leaves one
# alone. An even number of backslashes before it makes no escape.
_HALVES = re.compile(
    r"(?<!\\)((?:\\\\)*)"
    r"(?:(\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2})|\\u[dD][89a-fA-F][\da-fA-F]{2})"
)


class _RefusedError(ValueError):
    """Why well-formed JSON is refused; the message is Chinese."""


def read(text: str) -> Any:
    """Return the value of the one document in *text*; half characters in strings are left out.

    Raises ``ParseError`` for HTML, for anything but one whole document, for an object with the
    same key twice, for NaN and numbers out of range, and for a document too deep or too large.
    """
    if text.lstrip()[:1] == "<":
        raise pages.nothing_found(text, "返回的是网页，不是 JSON")
    if text.count("{") + text.count("[") > MAX_CONTAINERS or text.count("\\") > MAX_ESCAPES:
        raise ParseError(f"JSON 超过 {MAX_CONTAINERS} 个对象或 {MAX_ESCAPES} 个转义字符")
    try:
        return _DECODER.decode(_HALVES.sub(_whole, text).strip())
    except RecursionError:
        raise ParseError("JSON 嵌套过深") from None
    except _RefusedError as error:
        raise ParseError(str(error)) from None
    except json.JSONDecodeError as error:
        # The message of a decoder may quote the document; only its position is told.
        raise ParseError(f"不是完整的 JSON（第 {error.pos} 字符）") from None
    except ValueError:
        raise ParseError("JSON 中的数字过大") from None


def at(node: Any, path: str | None) -> Any:
    """Return what the dotted *path* points at in *node*, or None; ``.`` is the whole."""
    if path is None:
        return None
    for step in path.split(".")[:MAX_STEPS] if path != "." else ():
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and step.isdigit() and int(step[:9]) < len(node):
            node = node[int(step[:9])]
        else:
            return None
    return node


def string(value: Any) -> str | None:
    """Return a string without the spaces around it, None for anything else and for a blank."""
    return value.strip() or None if isinstance(value, str) else None


def scalar(value: Any) -> str | None:
    """Return a string or whole number as text, None for anything else and for a blank.

    Numbers are ids on many platforms, and exact here at any length. A fraction or an exponent
    tells that somebody else has rounded it.
    """
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else string(value)


def _whole(found: re.Match[str]) -> str:
    return found[1] + (found[2] or "")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RefusedError("JSON 中有重复的键")
    return found


def _finite(digits: str) -> float:
    if math.isinf(number := float(digits)):
        raise _RefusedError("JSON 中的数字过大")
    return number


def _no_constant(_name: str) -> NoReturn:
    raise _RefusedError("JSON 含 NaN 或无穷大")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_repeats, parse_float=_finite, parse_constant=_no_constant
)
