"""Addresses, cut down to what many share: the estate, the road, the village. Pure.

A building alone stays (3号楼停水 is news for a hundred households), and so does a range of units;
a building with a unit or a room goes as a whole. Numbers of lines, bridges, sluices, notices and
days are none.
"""

import re

from crawler.masking.everyone import Rules, Taken, apply_rules, make_rules

_TOKEN = "[门牌]"  # noqa: S105  what stands in place of a door
_N = r"(?:\d{1,5}|[一二三四五六七八九十百零〇]{1,5})"
_DASH = "[-—－]"
_HAN = r"[\u4e00-\u9fff]"

_UNITS_OF_COUNT = "个块平多余度千公亩吨起次"
_NO_ROOM = rf"(?![\d年月日时点分秒人户万元米%．.{_UNITS_OF_COUNT}]|{_DASH}\d|天(?!天))"
_BLOCK = r"(?:号楼|号院|楼栋|栋|幢|座|#楼?)"
_BUILDING = rf"(?:[A-Za-z]\s?[栋幢座]|[A-Za-z]?{_N}[A-Za-z]?\s?{_BLOCK})"
_UNIT = rf"(?:{_N}|[甲乙丙丁A-Za-z])\s?单元"
_FLOOR = rf"{_N}\s?[楼层]"
_SIDE = r"(?:[东南西北中]{1,2}[边侧头]?户|[左右]手边?|对门)"
# A room is its floor and a small number: 501, 1203; the numbers of emergency calls are none.
_ROOM_NUMBER = r"(?!(?:110|119|120|122)(?!\d))[1-9]\d?(?:0[1-9]|1\d|20)"
_SAID_ROOM = r"[一二三四五六七八九十]{1,2}[零〇][一二三四五六七八九]"
_CHAMBER = r"房(?![屋产价东源租贷主间])"
_IS_ROOM = rf"\s?(?:室|号房|房间|{_CHAMBER})"
_ROOM_END = rf"(?:{_IS_ROOM}|\s?号(?!线|楼))?"
_ANY_ROOM = rf"(?:{_ROOM_NUMBER}|\d{{2,4}}(?={_IS_ROOM}))"
_ROOM = rf"(?:[A-Za-z]?{_ANY_ROOM}[A-Za-z]?|{_SAID_ROOM}){_ROOM_END}{_NO_ROOM}"
_HOUSEHOLD = rf"{_ROOM_NUMBER}户(?![家居住人业])"
_IN_UNIT = rf"(?:{_FLOOR}|{_ROOM}|{_HOUSEHOLD}|\d{{1,4}}{_ROOM_END}{_NO_ROOM}|{_SIDE})"
_AFTER_UNIT = rf"(?:\s?{_DASH}?\s?{_IN_UNIT})"

_ROAD = r"([路街巷弄]|大道|胡同|[东西南北中]段|院子|[大属]院|宿舍|别墅|洋房)"
_THINGS = (
    "线|楼|桥|大桥|立交|闸|井|泵|隧|涵|坝|渠|机|变|公告|文件|令|通知|台风|出口|入口|站|塔|坑|仓|码头|公路|国道|"
    "省道|高速|地块|厂|阀|车库|车位|公交|电梯|杆|灯|标段|风井|门岗|库"
)
_DAYS = r"[至到]\d|起|开始|上午|下午|晚|早|凌晨|中午|当天|那天|左右|之前|以前|以后|之后|白天|夜"
_ANNEX = rf"(?:院|附{_N}号?|之{_N}|{_DASH}{_N}号?)?"
_DOOR = rf"\s?{_N}\s?号(?!{_THINGS}|{_DAYS}){_ANNEX}"
_GROUP = r"(?:村民小组|小组|组|社|生产队|队)"
# Behind a village or an estate 12号 is as often a day; then what follows must say a door.
_HOME = r"(?=[^\u4e00-\u9fff]|$|家|户|门|的|附|住|院|村民|居民|老人)"
_ESTATE = "[区苑园城寓邸府庭湾村楼栋院居郡轩阁里坊座厦舍幢住：:]"
_D1, _D2 = r"\d{1,3}", r"\d{1,2}"
_DASHED = (
    rf"(?:{_D1}{_DASH}{_D2}(?:{_DASH}{_D2})?{_DASH}\d{{2,4}}"
    rf"|{_D1}{_DASH}{_D1}{_DASH}\d{{1,4}}|{_D1}{_DASH}{_ROOM_NUMBER})"
)

# Signs without which a group finds nothing; looking for them is what most texts cost.
_RULES: tuple[tuple[re.Pattern[str], Rules], ...] = (
    (
        re.compile("单元"),
        make_rules(
            (rf"{_BUILDING}\s?{_UNIT}{_AFTER_UNIT}{{0,3}}", _TOKEN),
            (rf"{_UNIT}{_AFTER_UNIT}{{1,3}}", _TOKEN),
        ),
    ),
    (
        re.compile("号楼|号院|[栋幢座#]"),
        make_rules(
            (rf"{_BUILDING}\s?[-—－,，]?\s?(?:{_FLOOR}\s?)?(?:{_D2}{_DASH})?{_ROOM}", _TOKEN),
            (rf"{_BUILDING}\s?{_FLOOR}\s?{_SIDE}", _TOKEN),
        ),
    ),
    (
        re.compile(r"\d[-—－]\d"),
        make_rules(
            (rf"(?<={_ESTATE})\s?[A-Za-z]?{_DASHED}[室号户]?(?![\d年月日\-])", _TOKEN),
        ),
    ),
    (
        re.compile("[室房]|号房"),
        make_rules(
            (r"(?<!\d)\d{3,4}\s?(?:室|号房|房间)", _TOKEN),
            (rf"(?:{_FLOOR}\s?)?(?<!\d){_ROOM_NUMBER}\s?{_CHAMBER}", _TOKEN),
        ),
    ),
    (
        re.compile("住|门牌|房间?号|楼[上下]|隔壁|对面"),
        make_rules(
            (rf"(楼[上下]|隔壁|对面)\s?{_ROOM_NUMBER}(?:室|房|号|户)?{_NO_ROOM}", rf"\1{_TOKEN}"),
            (
                rf"((?<![记停站稳拿忍抓堵困止守顶留挡扣保])住[在址]?[：:]?\s?)(?:{_FLOOR}\s?)?(?:{_ROOM_NUMBER}|{_SAID_ROOM})[室房号]?{_NO_ROOM}",
                rf"\1{_TOKEN}",
            ),
            (
                r"(门牌[号码]{0,2}|房间?号)[是为：:\s]{0,3}[A-Za-z]?\d{1,5}(?:[-—－]\d{1,4}){0,3}号?",
                rf"\1{_TOKEN}",
            ),
        ),
    ),
    (
        re.compile("[号#]"),
        make_rules(
            (rf"{_ROAD}\s?(?:\d{{1,4}}弄|[甲乙丙丁]?(?:{_N}{_DASH})?){_DOOR}", rf"\1{_TOKEN}"),
            (rf"{_ROAD}\s?{_N}#", rf"\1{_TOKEN}"),
            (rf"第?{_N}\s?{_GROUP}\s?附?{_DOOR}", _TOKEN),
            (rf"([村屯庄寨湾坪坝沟岭冲垸圩岗]){_DOOR}{_HOME}", rf"\1{_TOKEN}"),
            (rf"([区苑园城府庭]){_DOOR}(?=[^\u4e00-\u9fff]|$|家|住户|户主|院)", rf"\1{_TOKEN}"),
        ),
    ),
    (
        re.compile(r"\[门牌\].{0,3}\["),
        make_rules((r"\[门牌\](?:\s?[-—－,，]?\s?\[门牌\])+", _TOKEN)),
    ),
)


def mask_doors(text: str, taken: list[Taken] | None = None) -> str:
    """Return *text* with [门牌] in place of what is narrower than an estate, road or village.

    *taken*, where given, grows by what was masked.
    """
    for sign, rules in _RULES:
        if sign.search(text):
            text = apply_rules(rules, text, taken)
    return text
