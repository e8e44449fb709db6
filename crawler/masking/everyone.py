"""Numbers, handles and links that name a person, in any post. Pure."""

import re
from collections.abc import Callable, Iterator

Taken = tuple[str, str, str]
"""What a mask took: the token in its place, the whole as it was written, and the number alone."""

Rules = tuple[tuple[re.Pattern[str], str], ...]
"""Patterns with what stands in place of what they find, applied in order."""


def make_rules(*rules: tuple[str, str]) -> Rules:
    """Return the rules with their patterns compiled."""
    return tuple((re.compile(pattern), token) for pattern, token in rules)


def apply_rules(rules: Rules, text: str, taken: list[Taken] | None = None) -> str:
    """Return *text* after each rule in turn; *taken*, where given, grows by what they took."""
    for pattern, token in rules:
        text = pattern.sub(token if taken is None else _noting(token, taken), text)
    return text


def _noting(token: str, taken: list[Taken]) -> Callable[[re.Match[str]], str]:
    plain = token.removeprefix(r"\1")

    def note(found: re.Match[str]) -> str:
        kept = found[1] if plain != token else ""
        taken.append((plain, found[0], found[0][len(kept) :]))
        return kept + plain

    return note


MAX_HANDLE = 30
"""Longest account name of the listed platforms."""

GAP = r"[ \-－—–.·]{0,2}"
"""Between the digits of a telephone number as people write it."""
_HOST_ENDS = "com|cn|net|org|gov|edu|cc|me|tv|info|top|xyz|io|app|example|test|invalid"
_URL_ASCII = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"
# A link stops at Chinese text, except where a path or query value begins with it.
_URL_REST = rf"{_URL_ASCII}*(?:(?<=[/=@])\w+{_URL_ASCII}*)*"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
"""The first character of a number plate."""

_LINK = rf"(?i)(?:https?|ftp)[:：]//{_URL_REST}"
_BARE_LINK = (
    rf"(?i)(?<![A-Za-z0-9_.-])(?:[a-z0-9-]{{1,63}}\.){{1,4}}(?:{_HOST_ENDS})"
    rf"(?![A-Za-z0-9.-])(?:[/?:]{_URL_REST})?"
)
_EMAIL = r"[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}"
_ACCOUNT = (
    r"(?i)(?<![a-z])((?:QQ|ＱＱ|扣扣|微信|薇信|威信|V信|VX|WX|wechat|加[QVＱＶ])"
    r"(?:群|同号|号码|号|账号|ID)?\s?[:：是]?\s?)[A-Za-z0-9_-]{5,}"
)
_PLATE = (
    rf"[{PROVINCES}][A-HJ-NP-Za-hj-np-z][ ·•.-]?[A-Za-z0-9]{{4,5}}[A-Za-z0-9挂学警港澳使领]"
    r"(?![A-Za-z0-9])"
)
# Account names hold letters, emoji and joiners; plain emoji after a space are no part of one.
_NAME = r"[\w·\-\u200d\ufe0f\U0001f000-\U0001faff\u2600-\u27bf]"
_LANDLINE = r"(?<!\d)[(（]?[0０]\d{2,3}[)）]?[ \-－—–]?\d{7,8}(?:[-－转]\d{1,6})?(?!\d)"

# In this order; each group is tried only on a text that holds what all its patterns need.
_LINKS = make_rules((_LINK, "[链接]"))
_EMAILS = make_rules((_EMAIL, "[邮箱]"))
_BARE_LINKS = make_rules((_BARE_LINK, "[链接]"))
_MENTIONS = make_rules(
    (rf"[@＠]\s?{_NAME}{{1,{MAX_HANDLE}}}(?!{_NAME})", "@用户"),
    # A longer run is cut where platforms cut it; the space keeps a second pass from eating on.
    (rf"[@＠]\s?{_NAME}{{{MAX_HANDLE}}}", "@用户 "),
)
_ACCOUNTS = make_rules((_ACCOUNT, r"\1[账号]"))
_NUMBERS = make_rules(
    (r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXxＸｘ](?![\dA-Za-z])", "[证件号]"),
    (r"(?<!\d)\d{15}(?!\d)", "[证件号]"),
    (rf"(?<!\d)[1１](?:{GAP}\d){{10}}(?!\d)", "[电话]"),
    (_LANDLINE, "[电话]"),
)
_PLATES = make_rules((_PLATE, "[车牌]"))
_LONG_NUMBERS = make_rules((r"\d{9,}", "[号码]"))
# Nine digits with at most three other characters between two: no number rule needs fewer.
_MANY_DIGITS = re.compile(r"\d(?:\D{0,3}\d){8}")
_DIGIT = re.compile(r"\d")
_ACCOUNT_WORD = re.compile(r"(?i:QQ|ＱＱ|加[QVＱＶ]|扣扣|信|VX|WX|wechat)")
_PLATE_HEAD = re.compile(rf"[{PROVINCES}][A-HJ-NP-Za-hj-np-z]")


def _possible(text: str) -> Iterator[Rules]:
    """Yield the rules that can apply to *text*, in their order."""
    if "//" in text:
        yield _LINKS
    at, dot = "@" in text or "＠" in text, "." in text
    if at and dot:
        yield _EMAILS
    if dot:
        yield _BARE_LINKS
    if at:
        yield _MENTIONS
    if _ACCOUNT_WORD.search(text):
        yield _ACCOUNTS
    digits = _MANY_DIGITS.search(text)
    if digits:
        yield _NUMBERS
    if _PLATE_HEAD.search(text) and _DIGIT.search(text):
        yield _PLATES
    if digits:
        yield _LONG_NUMBERS


def _mask_once(text: str, taken: list[Taken] | None) -> str:
    # What a group needs cannot come about by the masks of an earlier one.
    for rules in _possible(text):
        text = apply_rules(rules, text, taken)
    return text


def mask(text: str, taken: list[Taken] | None = None) -> str:
    """Return *text* without handles, links, e-mails, ID, telephone, plate and account numbers.

    Linear in the length of the text, and idempotent. Service numbers (12345, 119, 0000-12345)
    stay. *taken*, where given, grows by what was masked.

    >>> mask("回复@小李: 打13800138000 或 12345")
    '回复@用户: 打[电话] 或 12345'
    """
    # Each pass leaves fewer digits and names than it found, so this ends; almost always at once.
    while (masked := _mask_once(text, taken)) != text:
        text = masked
    return text
