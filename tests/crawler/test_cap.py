"""Warnings: what the issuing unit wrote, drills kept out, doubtful times marked."""

import pytest

from core.vocabulary import VisitOutcome
from crawler.parsers import FILES, HITS, PARSERS, ParseError, cap
from crawler.records import FetchedPage
from tests.crawler.conftest import NOON, make_source

XMLNS = 'xmlns="urn:oasis:names:tc:emergency:cap:1.2"'
HEAD = {"identifier": "99010041600000_20310617104500_0", "sender": "w@met.example",
        "sent": "2031-06-17T10:45:00+08:00", "status": "Actual", "msgType": "Alert",
        "scope": "Public"}  # fmt: skip
INFO = {"language": "zh-CN", "category": "Met", "event": "暴雨", "urgency": "Immediate",
        "severity": "Extreme", "certainty": "Observed", "senderName": "澄川县气象台",
        "headline": "澄川县气象台发布暴雨红色预警", "description": "雨势将持续。"}  # fmt: skip
AREA = "<area><areaDesc>北岭镇</areaDesc></area>"


def elements(told: dict[str, str | None]) -> str:
    return "".join(f"<{name}>{text}</{name}>" for name, text in told.items() if text is not None)


def info(more: str = AREA, **changed: str | None) -> str:
    return f"<info>{elements(INFO | changed)}{more}</info>"


def alert(*infos: str, xmlns: str = XMLNS, **changed: str | None) -> str:
    return f"<alert {xmlns}>{elements(HEAD | changed)}{''.join(infos or [info()])}</alert>"


def page(body: str) -> FetchedPage:
    return FetchedPage("s", "https://met.example/cap.xml", 200, "", body.encode(), NOON)


def read(body: str, **more):
    source = make_source(name="s", url="https://met.example/cap.xml", parser="cap", **more)
    return cap.parse(page(body), source)


def one(*args, **kwargs):
    (post,) = read(alert(*args, **kwargs)).posts
    return post


def reasons(result) -> list[str]:
    return [defect.reason for defect in result.defects]


def test_a_warning_is_read_alike_from_a_page_and_a_file():
    assert PARSERS["cap"] is FILES["cap"] is cap.parse


def test_a_warning_is_the_text_of_the_unit_that_the_source_is_of():
    post = read(alert(), issuer="met_station").posts[0]

    assert post.text.split("\n") == [
        "澄川县气象台发布暴雨红色预警",
        "雨势将持续。",
        "发布单位：澄川县气象台",
        "影响范围：北岭镇",
    ]
    assert (post.issuer, post.author, post.post_id) == ("met_station", None, HEAD["identifier"])


@pytest.mark.parametrize(
    ("changed", "lacking"),
    [
        (dict.fromkeys(HEAD), "identifier、sender、sent、status、msgType、scope"),
        ({"sent": " "}, "sent"),
        ({"msgType": "Update"}, "references"),
        ({"msgType": "Cancel", "references": ""}, "references"),
    ],
)
def test_lacking_elements_are_named(changed, lacking):
    with pytest.raises(ParseError, match=f"缺少 {lacking}$"):
        read(alert(**changed))


@pytest.mark.parametrize(
    ("block", "lacking"),
    [
        (info(category=None), "info/category"),
        (info(event=None, urgency="", severity=None, certainty=None),
         "info/event、info/urgency、info/severity、info/certainty"),
        (info("<area><polygon>1,1 2,2</polygon></area>"), "area/areaDesc"),
        ("<note>x</note>", "info"),
    ],
)  # fmt: skip
def test_lacking_elements_of_a_block_are_named(block, lacking):
    with pytest.raises(ParseError, match=f"缺少 {lacking}$"):
        read(alert(block))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "页面为空"),
        (alert()[:-20], "预警报文不是完整的 XML"),
        (alert() + alert(), "预警报文不是完整的 XML"),
        ("<rss/>", "不是 CAP 1.2"),
        (alert(xmlns='xmlns="urn:oasis:names:tc:emergency:cap:1.1"'), "不是 CAP 1.2"),
        (alert(status="Real"), "status 不是标准中的值"),
        (alert(scope="All", msgType="New"), "msgType、scope 不是标准中的值"),
        (alert(identifier="a b"), "identifier 含不允许的字符"),
        (alert(identifier="a,b"), "identifier 含不允许的字符"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + alert(), "DOCTYPE"),
        ("<html>请登录", "登录"),
    ],
)
def test_what_is_no_whole_warning_is_refused_by_name(body, said):
    with pytest.raises(ParseError, match=said):
        read(body)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"status": "Exercise"}, "演练或测试报文，未读入"),
        ({"status": "Test"}, "演练或测试报文，未读入"),
        ({"status": "System"}, "演练或测试报文，未读入"),
        ({"status": "Draft"}, "演练或测试报文，未读入"),
        ({"msgType": "Ack"}, "回执或出错报文，未读入"),
        ({"msgType": "Error"}, "回执或出错报文，未读入"),
        ({"scope": "Restricted"}, "非公开报文，未读入"),
        ({"scope": "Private"}, "非公开报文，未读入"),
    ],
)
def test_what_warns_nobody_is_a_defect_and_no_post(changed, reason):
    found = read(alert(**changed))

    assert found.posts == ()
    assert reasons(found) == [reason]


@pytest.mark.parametrize(
    ("references", "parent"),
    [
        ("w@met.example,one,2031-06-17T08:00:00+08:00", "one"),
        ("a,one,2031-06-17T06:00:00+08:00 a,two,2031-06-17T08:00:00+08:00", "two"),
        ("a,two,2031-06-17T08:00:00+08:00\n a,one,2031-06-17T06:00:00+08:00", "two"),
        ("one", "one"),
        ("one two", "two"),
        ("one,two", "two"),
        ("a,one,2031-06-17 08:00:00+08:00", "one"),
        (",,", None),
    ],
)
@pytest.mark.parametrize(
    ("kind", "mark"),
    [("Update", "（更新此前发布的预警）"), ("Cancel", "（取消此前发布的预警）")],
)
def test_an_update_answers_the_latest_warning_that_it_names(references, parent, kind, mark):
    post = one(msgType=kind, references=references)

    assert post.reply_to == parent
    assert post.text.startswith(f"澄川县气象台发布暴雨红色预警{mark}\n")


def test_a_cancellation_needs_no_block():
    post = one("<note>误发。</note>", msgType="Cancel", references="one", sender="澄川县气象台")

    lines = ["澄川县气象台预警（取消此前发布的预警）", "误发。", "发布单位：澄川县气象台"]
    assert post.text.split("\n") == lines


@pytest.mark.parametrize(
    ("sent", "moment", "assumed", "doubt"),
    [
        ("2031-06-17T10:45:00+08:00", "2031-06-17T02:45:00+00:00", False, []),
        ("2031-06-17 10:45:00+08:00", "2031-06-17T02:45:00+00:00", False, []),
        ("2031-06-17T10:45:00", "2031-06-17T02:45:00+00:00", True, []),
        ("2031-06-17T02:45:00Z", None, False, ["sent 以 Z 结尾，CAP 不允许，时间未采用"]),
        ("上午", None, False, ["sent 不是可用的时间"]),
    ],
)
def test_a_time_sent_without_an_offset_is_marked_or_not_taken(sent, moment, assumed, doubt):
    found = read(alert(sent=sent))

    (post,) = found.posts
    assert (post.published_at and post.published_at.isoformat()) == moment
    assert post.zone_assumed is assumed
    assert reasons(found) == doubt


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2031-06-17T22:45:00+08:00", "失效时间：2031年6月17日22:45"),
        ("2031-06-17T14:45:00+00:00", "失效时间：2031年6月17日22:45"),
        ("2031-06-17T22:45:00Z", "失效时间：2031-06-17T22:45:00Z"),
        ("2031-06-17T22:45:00", "失效时间：2031-06-17T22:45:00"),
        ("今晚", "失效时间：今晚"),
    ],
)
def test_the_end_is_shown_on_the_sources_clock_or_as_it_was_written(written, shown):
    assert one(info(expires=written)).text.split("\n")[-1] == shown


def test_the_beginning_is_shown_too():
    block = info(effective="2031-06-17T10:45:00+08:00", onset="2031-06-17T14:00:00+08:00")

    assert "起始时间：2031年6月17日14:00" in one(block).text


@pytest.mark.parametrize(
    ("changed", "line", "mismatch"),
    [
        ({"severity": "Extreme"}, None, False),
        ({"severity": "Red"}, None, False),
        ({"severity": "Orange"}, "预警级别：橙色", True),
        ({"severity": "Yellow", "headline": "大风预警"}, "预警级别：黄色", False),
        ({"severity": "Severe", "headline": "大风预警"}, "严重程度：严重", False),
        ({"severity": "Unknown", "headline": "大风预警"}, None, False),
    ],
)
def test_a_level_is_told_as_the_unit_tells_it_and_no_colour_is_made_up(changed, line, mismatch):
    found = read(alert(info(**changed)))

    text = found.posts[0].text
    shown = [one for one in text.split("\n") if one.startswith(("预警级别", "严重程度"))]
    assert shown == ([line] if line else [])
    assert reasons(found) == (["标题与级别的颜色不一致"] if mismatch else [])


def test_a_colour_may_stand_in_a_parameter():
    colour = "<parameter><valueName>级别</valueName><value>蓝色预警</value></parameter>"

    assert "预警级别：蓝色" in one(info(colour, headline="大风预警")).text


@pytest.mark.parametrize(
    ("sender_name", "sender", "unit"),
    [
        ("澄川县气象台", "w@met.example", "澄川县气象台"),
        ("王某某", "澄川县气象台", "澄川县气象台"),
        ("王某某", "w@met.example", None),
        ("李局", "澄川县应急管理局", "澄川县应急管理局"),
    ],
)
def test_the_officer_on_duty_is_never_named(sender_name, sender, unit):
    text = one(info(senderName=sender_name, contact="值班员赵某 0000-12345"), sender=sender).text

    assert (f"发布单位：{unit}" in text) is (unit is not None)
    assert "王某某" not in text
    assert "李局" not in text
    assert "赵某" not in text


def test_a_headline_is_made_of_unit_and_event_where_there_is_none():
    assert one(info(headline=None)).text.startswith("澄川县气象台发布暴雨预警\n")


@pytest.mark.parametrize(
    ("languages", "title"),
    [
        (["en-US", "zh-CN"], "第1块"),
        (["zh-TW", "zh-CN"], "第1块"),
        (["en-US", "ZH-Hans"], "第1块"),
        (["en-US", "fr-FR"], "第0块"),
        ([None, None], "第0块"),
    ],
)
def test_of_several_languages_the_chinese_of_the_mainland_is_read(languages, title):
    blocks = [info(language=one, headline=f"第{n}块") for n, one in enumerate(languages)]

    assert one(*blocks).text.startswith(title)


def test_areas_are_told_once_each_in_order():
    areas = "".join(f"<area><areaDesc>{a}</areaDesc></area>" for a in ("北岭镇", "东门", "北岭镇"))

    assert "影响范围：北岭镇、东门" in one(info(areas)).text


def test_the_form_of_chinese_centres_is_read_by_its_own_names():
    block = info(category=None, event=None, eventType="11B03", severity="Red", headline=None)
    body = alert(block, xmlns="", sent=None, sendTime="2031-06-17 10:45:00+08:00")

    (post,) = read(body).posts

    assert post.published_at.isoformat() == "2031-06-17T02:45:00+00:00"
    assert post.text.startswith("澄川县气象台发布预警\n")
    assert "预警级别：红色" in post.text


def test_a_signature_is_not_looked_at():
    signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><x/></Signature>'

    assert one(info(), signature).text == one().text


@pytest.mark.parametrize(
    ("web", "url"),
    [("https://met.example/w/7", "https://met.example/w/7"), ("javascript:alert(1)", None),
     ("http://10.0.0.1/", None), (None, None)],
)  # fmt: skip
def test_the_address_is_the_one_that_the_warning_names(web, url):
    assert one(info(web=web)).url == url


def test_elements_are_counted_for_a_trial():
    body = alert(info(expires="x"), xmlns="", sent=None, sendTime="x")

    found = HITS["cap"](page(body), make_source(parser="cap"))

    counted = ("identifier", "sent", "references", "info", "event", "area", "instruction")
    assert [found[name] for name in counted] == [1, 1, 0, 1, 1, 1, 0]
    assert not {"sendTime", "eventType"} & found.keys()


def test_an_answer_that_asks_for_a_sign_in_is_told_as_such():
    with pytest.raises(ParseError) as caught:
        read("<html>请先登录")

    assert caught.value.outcome is VisitOutcome.LOGIN_PAGE
