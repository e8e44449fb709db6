"""Numbers as people say, split and half hide them in a letter to an office. Pure."""

from crawler.masking.everyone import GAP, PROVINCES, make_rules

_SAID = "零〇○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
_GAP = r"[ \-－—–.·,，、_]{0,2}"
_TOLD = r"[号码数为是：:\s]{0,4}"
_YEAR = rf"(?:1{_GAP}9|2{_GAP}0)(?:{_GAP}\d){{2}}"
_CARDS = "护照|通行证|军官证|残疾证|社保卡|医保卡"
_ACCOUNTS = "银行卡|储蓄卡|信用卡|卡号|银行账[号户]|账号"
_LETTER = "[A-HJ-NP-Za-hj-np-z]"
_SIGN = "[A-Za-z0-9]"
# Five or six signs, at most two of the first five letters: 12345, AD1234, C88B8.
_SIGNS = (
    rf"(?=(?:\s?{_SIGN}){{5,6}}(?!{_SIGN}))(?=(?:\s?[A-Za-z]){{0,2}}(?:\s?[A-Za-z]?\s?\d){{3}})"
    rf"(?:\s?{_SIGN}){{4,5}}\s?[A-Za-z0-9挂学警港澳]"
)
_CHAT = "微信|薇信|威信|QQ|扣扣|vx|wx"

NUMBERS = make_rules(
    # 18 digits with anything between them; the year of birth in the middle tells an ID card.
    (
        rf"(?<!\d)[1-9](?:{_GAP}\d){{5}}{_GAP}{_YEAR}(?:{_GAP}\d){{7}}{_GAP}[\dXx](?![\dA-Za-z])",
        "[证件号]",
    ),
    (
        rf"((?:身份证|证件)[号码]{{0,2}}[后尾末][一二三四五六468位数号]{{0,3}}{_TOLD})[\dXx]{{4,8}}",
        r"\1[证件号]",
    ),
    (rf"((?:{_CARDS})[号码]{{0,2}}[是为：:\s]{{0,3}})[A-Za-z]?\d{{6,20}}", r"\1[证件号]"),
    (r"(?<!\d)\d{4}(?:[ \-]\d{4}){3}(?:[ \-]\d{1,3})?(?!\d)", "[银行卡]"),
    (rf"((?:{_ACCOUNTS})[^\d\[]{{0,8}}?)\d(?:{GAP}\d){{11,18}}", r"\1[银行卡]"),
    # A telephone number said digit by digit, split by other marks, or half hidden.
    (
        rf"(?<!\d)(?=[\d \-]{{0,12}}[{_SAID}])[1一幺壹](?:{_GAP}[\d{_SAID}]){{10}}(?![\d{_SAID}])",
        "[电话]",
    ),
    (r"(?<!\d)1[3-9]\d[，,、/_ ]\d{4}[，,、/_ ]\d{4}(?!\d)", "[电话]"),
    (r"(?<!\d)1\d{2}[*xX×]{3,6}\d{2,4}(?!\d)", "[电话]"),
    # Without an area code; service numbers have five or six digits.
    (rf"((?:电话|座机|手机|号码|致电|拨打){_TOLD})[2-8]\d{{6,7}}(?!\d)", r"\1[电话]"),
    (rf"(?<![{_SAID}])[{_SAID}](?:{_GAP}[{_SAID}]){{6,}}(?![{_SAID}十百千万])", "[号码]"),
    # A plate with spaces in it, or without its province.
    (rf"[{PROVINCES}]\s?{_LETTER}\s?[·•.\-]?{_SIGNS}", "[车牌]"),
    (
        rf"((?:车牌|车号|牌照)[号码]{{0,2}}[是为：:\s]{{0,3}}){_LETTER}[·•.\-]?{_SIGN}{{5,6}}(?!{_SIGN})",
        r"\1[车牌]",
    ),
    (
        rf"(?i)((?:{_CHAT})(?:群|号码|号|账号|名|ID)?[:：是为叫\s]{{1,3}})[a-z0-9_\-]{{5,}}",
        r"\1[账号]",
    ),
)
"""Beyond what ``mask`` finds; applied before it, while the digits still stand."""
