"""Lines that stand beside an article's text and are no part of it. Pure.

Written from the goldens and from what the programs of Chinese government sites print: where from,
when, by whom, how often read, how to print it, and what comes before and after.
"""

import re
from collections.abc import Collection

_LABEL = re.compile(
    r"[\W_]{0,3}(?:责任编辑|编辑|责编|审核|校对|[初复终二三]审|监制|撰稿|供稿|作者|记者|通讯员|摄影"
    r"|(?:信息|稿件|文章|内容)?来源|(?:发布|发表|更新|公开)(?:时间|日期|机构|单位|部门)"
    r"|(?:浏览|阅读|点击|访问)(?:次数|量|数|率)?|字体(?:大小)?|字号|分享(?:到|至)?|索\s*引\s*号"
    r"|发文(?:机关|机构|单位|字号)|成文日期|生成日期|(?:主题|体裁|信息)分类|主题词|服务对象"
    r"|公开(?:方式|范围|形式)|有\s*效\s*性|文\s*号|标签|关键词|(?:当前|所在)位置"
    r"|您(?:现在)?(?:所在)?的?位置|[上下]一[篇条页则]|主办(?:单位)?|承办(?:单位)?|技术支持"
    r"|网站标识码|声明|免责声明|版权声明)\s*[】）)]?\s*[:：]"
)
_BUTTONS = re.compile(
    r"(?:[【\[（(]?\s*(?:打印|关闭|分享|收藏|纠错|转发|返回|下载|举报|打印本[页稿]|关闭(?:窗口|本页)|我要纠错"
    r"|返回(?:顶部|首页|列表|上一页)|(?:加入)?收藏(?:本页)?|扫一扫.{0,20}|手机扫.{0,20}|字体|大|中|小"
    r"|分享到?|微信|微博|QQ空间|首页|正文|没有了|默认)\s*[】\]）)]?[\s|｜/·:：]*)+"
)
_IMPRINT = re.compile(
    r"ICP备|公网安备|版权所有|网站标识码|分辨率|Copyright|All Rights Reserved", re.IGNORECASE
)
# A date as programs print it; one that an author writes (2031年6月15日) signs the text.
_STAMP = re.compile(
    r"(?:(?:发布|发表|更新)?(?:时间|日期)?\s*[:：]\s*)?"
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
)
_SENTENCE_END = re.compile(r"[。！？；!?;]")
_ATTACHED = re.compile(r"附件|\.(?:pdf|docx?|xlsx?|zip|rar|ofd|wps|et)\b", re.IGNORECASE)


_WORD = re.compile(r"\w")

LONGEST = 200
"""Characters of a line that may be no part of a text; a longer one is text whatever it says."""
LONGEST_LINK = 60
"""Characters of a link of navigation."""


def of_text(text: str, *, title: str) -> list[str]:
    """Return the lines of *text* that belong to the article, without its *title*."""
    lines = filter(None, map(str.strip, text.split("\n")))
    return [line for line in lines if not _is_beside(line) and squeezed(line) != squeezed(title)]


def is_navigation(line: str, links: Collection[str]) -> bool:
    """Return whether *line* consists of *links*, the squeezed link texts of its page.

    Sentences and the names of attached files are no navigation.
    """
    if len(line) > LONGEST or _SENTENCE_END.search(line) or _ATTACHED.search(line):
        return False
    whole = squeezed(line)
    rest = _without(whole, links)
    return rest != whole and len(_WORD.findall(rest)) * 4 <= len(_WORD.findall(whole))


def squeezed(text: str) -> str:
    """Return *text* without spaces, as lines are compared."""
    return "".join(text.split())


def _without(line: str, links: Collection[str]) -> str:
    """Return what is left of *line* when at every place the longest link is taken out."""
    rest, at = [], 0
    while at < len(line):
        lengths = range(min(LONGEST_LINK, len(line) - at), 0, -1)
        taken = next((n for n in lengths if line[at : at + n] in links), 0)
        if not taken:
            rest.append(line[at])
        at += taken or 1
    return "".join(rest)


def _is_beside(line: str) -> bool:
    if len(line) > LONGEST:
        return False
    if _STAMP.fullmatch(line) or _BUTTONS.fullmatch(line):
        return True
    # Such words begin sentences too: 编辑：…？ in an interview, 来源：… in an explanation.
    return not _SENTENCE_END.search(line) and bool(_LABEL.match(line) or _IMPRINT.search(line))
