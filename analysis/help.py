"""Whether a post asks for help for somebody; every hit goes to a person. Pure.

Recall comes first: an unanswered call costs a life, a false hit costs a glance. Single words such
as 老人 tell nothing (195 of 206 hits false, domain handbook, section 4), so a strong phrase is
wanted, or somebody in need together with what is lacking.
"""

import re

from analysis.phrases import lists_in
from analysis.records import Signs

_NO_CALL = frozenset({"help.unlike", "help.official", "help.over", "help.offer"})
_PHONE = re.compile(r"(?<!\d)(?:1\d{10}|0\d{2,3}-?\d{7,8})(?!\d)|\[电话\]|\*{4}")

# Many who are ill are news to check, no call; whoever calls says what is lacking besides.
_CROWD = re.compile(
    r"(?:好多|很多|许多|不少|好几|十几|几十|上百|多|[一二两三四五六七八九十百\d]+(?:多|余|来)?)(?:个|名|位)?"
    r"(?:孩子|小孩|学生|娃|同学|小朋友|人|工人|员工|居民|幼儿)"
)
_ILLNESS = re.compile(
    r"食物中毒|中毒|上吐下泻|高烧不退|发?高烧|发烧|发热|呕吐|腹泻|拉肚子|晕倒|抽搐"
)
# 我老公在厂里，电话打不通: one's own people, where it is dangerous, and no answer.
_KIN_SILENT = re.compile(
    r"(?:我|俺|咱)(?:的|家)?(?:老公|老婆|爱人|对象|妈|爸|爷|奶|儿子|女儿|闺女|哥|姐|弟|妹|孩子|娃|媳妇|丈夫"
    r"|妻子|父亲|母亲|父母|外公|外婆|姥|家人|叔|舅|姑|姨|男朋友|女朋友)[^。！!]{0,24}(?:电话|手机|微信)"
    r"[^。！!，,]{0,6}(?:打不通|没人接|不接|没接|关机|不在服务区|无法接通|没回|不回|没信号)"
)
_DREAD = re.compile(
    r"急[死疯]|急得|急坏|怎么办|咋办|里面|在厂|在矿|在山|在学校|在楼|在现场|上班|值班|没出来|担心死"
)


def is_help(text: str, signs: Signs) -> bool:
    """Tell whether *text* asks for help in an emergency.

    A joke, an advert, an official guide, an offer and a rescue already done are none.
    """
    held = lists_in(text)
    if signs.outside or not held.isdisjoint(_NO_CALL):
        return False
    if has_phrase(text):
        return True
    return "help.told" not in held and (_misses_kin(text, signs) or _lacks(text))


def has_phrase(text: str) -> bool:
    """Tell whether a phrase that calls for help stands in *text*, whatever is meant by it."""
    return "help.strong" in lists_in(text)


def _misses_kin(text: str, signs: Signs) -> bool:
    if _KIN_SILENT.search(text) is None:
        return False
    return bool(signs.hazards or signs.incident_types) or _DREAD.search(text) is not None


def _lacks(text: str) -> bool:
    held = lists_in(text)
    if "help.need" not in held:
        return False
    if _CROWD.search(text) and "help.need" not in lists_in(_ILLNESS.sub("，", text)):
        return False
    return "help.subject" in held or _PHONE.search(text) is not None
