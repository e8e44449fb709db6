"""Article pages invented in the style of many kinds of site, each with what its text holds.

``crawler.parsers.body`` and ``lines`` were written with the goldens at hand; these pages were
written afterwards, to see what the rules do with pages they do not know: of eight, seven gave
their whole text at once, and one lost the name of an attached file.
"""

# ruff: noqa: E501  markup is not broken where it means something

from dataclasses import dataclass

NAV = "".join(
    f'<a href="/{n}/">{n}</a>' for n in ("首页", "政务公开", "办事服务", "互动交流", "数据开放")
)
NAV_LIST = "".join(
    f'<li><a href="/c/{i}.html">{n}</a></li>'
    for i, n in enumerate(("领导信息", "机构设置", "法规文件", "规划计划", "财政信息", "人事任免"))
)
FOOT = "<p>主办：澄川县人民政府　承办：澄川县政务服务数据局</p><p>某ICP备00000000号-1　网站标识码0000000000</p>"


@dataclass(frozen=True)
class ArticlePage:
    """One page, what its text must hold in this order, and what it must not hold."""

    name: str
    html: str
    title: str
    holds: tuple[str, ...]
    lacks: tuple[str, ...]
    origin: str | None = None


HELD_OUT = (
    ArticlePage(
        "paragraphs as divs",
        f"""<html><head><title>澄川县城市管理局 关于开展占道经营整治的公告</title></head><body>
        <div id="head"><div class="w1200">{NAV}</div></div>
        <div class="main"><div class="left"><ul>{NAV_LIST}</ul></div><div class="right">
        <div class="bt">关于开展占道经营整治的公告</div><div class="sj">发布日期：2031-06-10　来源：城市管理局　阅读：56</div>
        <div class="nr"><div>为规范市容秩序，我局定于6月15日起开展占道经营集中整治。</div>
        <div>整治范围为城东菜市场周边、南街步行街及西门路沿线。</div>
        <div>请相关商户自行整改，逾期未整改的依法处理。</div><div>澄川县城市管理局</div></div></div></div>
        <div id="bottom">{FOOT}</div></body></html>""",
        "关于开展占道经营整治的公告",
        ("为规范市容秩序", "南街步行街", "逾期未整改的依法处理", "澄川县城市管理局"),
        ("首页", "领导信息", "ICP备", "阅读"),
        "城市管理局",
    ),
    ArticlePage(
        "line breaks only",
        f"""<html><head><title>停气通知_澄川燃气</title></head><body><table><tr><td>{NAV}</td></tr></table>
        <table><tr><td class="t">停气通知</td></tr><tr><td>2031-06-11 15:00:00</td></tr><tr><td>
        尊敬的用户：<br><br>&nbsp;&nbsp;因管道检修，6月12日9时至17时，城东花园、丽景苑暂停供气。<br>
        &nbsp;&nbsp;请提前关闭阀门。不便之处，敬请谅解！<br><br>澄川燃气有限公司<br>2031年6月11日</td></tr>
        <tr><td><a href="javascript:print()">【打印】</a> <a href="javascript:close()">【关闭】</a></td></tr></table>
        <table><tr><td>地址：城东大道9号　客服热线：0000-000000</td></tr></table></body></html>""",
        "停气通知",
        ("尊敬的用户", "城东花园、丽景苑暂停供气", "敬请谅解", "2031年6月11日"),
        ("打印", "关闭】", "首页"),
    ),
    ArticlePage(
        "a table of data in the text",
        f"""<html><head><meta name="ArticleTitle" content="城区供水水质监测公示"><meta name="ContentSource"
        content="澄川县卫生健康局"><title>公示</title></head><body><header>{NAV}</header><div class="content-box">
        <h1>城区供水水质监测公示</h1><div class="article_con"><p>现将2031年5月城区供水水质监测结果公示如下。</p>
        <table><tr><th>监测点</th><th>浑浊度</th><th>余氯</th><th>结论</th></tr>
        <tr><td>南街</td><td>0.4</td><td>0.35</td><td>合格</td></tr><tr><td>云岭镇</td><td>0.9</td><td>0.12</td><td>合格</td></tr>
        </table><p>监测依据为国家生活饮用水卫生标准。</p></div></div><footer>{FOOT}</footer></body></html>""",
        "城区供水水质监测公示",
        ("现将2031年5月", "南街", "云岭镇", "监测依据"),
        ("首页", "ICP备"),
        "澄川县卫生健康局",
    ),
    ArticlePage(
        "a letter and its answer",
        f"""<html><head><title>关于小区充电桩的咨询-民意征集-澄川县人民政府网</title></head><body><div class="nav">{NAV}</div>
        <div class="letter"><h3>关于小区充电桩的咨询</h3><table><tr><td>信件编号</td><td>XF20310608</td></tr>
        <tr><td>来信内容</td><td>城东花园有三百多户，只有两个充电桩，晚上排队到十一点，能不能增设？</td></tr>
        <tr><td>答复单位</td><td>县住房和城乡建设局</td></tr><tr><td>答复内容</td><td>您好！经核实，城东花园计划7月新增充电桩12个，
        目前正在进行电力增容。感谢您的关心。</td></tr><tr><td>答复时间</td><td>2031-06-12 16:20</td></tr></table></div>
        <div class="footer">{FOOT}</div></body></html>""",
        "关于小区充电桩的咨询",
        ("只有两个充电桩", "计划7月新增充电桩12个"),
        ("首页", "ICP备"),
    ),
    ArticlePage(
        "an interview",
        f"""<html><head><meta property="og:title" content="县水利局负责人就供水安全答记者问"><title>x</title></head><body>
        <nav>{NAV}</nav><article><h1>县水利局负责人就供水安全答记者问</h1><p class="info">来源：澄川日报 时间：2031-06-09 07:30 作者：吴某某</p>
        <div class="text"><p>记者：近期有群众反映水压不足，原因是什么？</p><p>答：主要是用水高峰和二次加压设备检修叠加。</p>
        <p>记者：什么时候能恢复？</p><p>答：预计6月20日前全部完成检修，届时水压将恢复正常。</p></div>
        <p>责任编辑：郑某某</p><div class="share">分享到：微信 微博</div></article><ul class="more">{NAV_LIST}</ul></body></html>""",
        "县水利局负责人就供水安全答记者问",
        ("记者：近期有群众反映水压不足", "二次加压设备检修", "什么时候能恢复", "预计6月20日前"),
        ("责任编辑", "郑某某", "吴某某", "分享到", "领导信息"),
        "澄川日报",
    ),
    ArticlePage(
        "pictures with captions",
        f"""<html><head><title>消防演练走进云岭镇 - 澄川县消防救援大队</title></head><body><div class="top">{NAV}</div>
        <div class="wz"><h2>消防演练走进云岭镇</h2><p>6月8日，县消防救援大队在云岭镇中心小学开展疏散演练。</p>
        <p><img src="1.jpg"></p><p>图一：师生有序疏散。</p><p><img src="2.jpg"></p><p>图二：讲解灭火器使用方法。</p>
        <p>（供稿：云岭镇 摄影：孙某某）</p></div>
        <div class="xgyd"><h4>相关阅读</h4><ul><li><a href="/a">高层建筑火灾逃生要点</a></li>
        <li><a href="/b">全县消防安全集中除患行动启动</a></li></ul></div><div class="foot">{FOOT}</div></body></html>""",
        "消防演练走进云岭镇",
        ("6月8日，县消防救援大队", "图一：师生有序疏散", "图二：讲解灭火器使用方法"),
        ("高层建筑火灾逃生要点", "孙某某", "ICP备", "首页"),
    ),
    ArticlePage(
        "one sentence beside long notices of the site",
        f"""<html><head><title>澄川县气象局</title></head><body><div>{NAV}</div><div class="cont"><h1>雷电黄色预警</h1>
        <p>澄川县气象台6月16日14时30分发布雷电黄色预警信号，未来6小时城关镇、石桥乡将有雷电活动，请注意防范。</p></div>
        <div class="declare">本网站所发布的气象信息版权归澄川县气象局所有，未经许可不得转载；任何单位和个人不得擅自向社会
        发布灾害性天气警报，违者将依法追究责任。本网站建议使用现代浏览器访问，如有疑问请联系网站管理员。</div></body></html>""",
        "雷电黄色预警",
        ("6月16日14时30分发布雷电黄色预警信号",),
        ("首页",),
    ),
    ArticlePage(
        "a document with its number in the text",
        f"""<html><head><meta name="ArticleTitle" content="关于印发城区防涝应急预案的通知"><meta name="PubDate" content="2031-06-11">
        <title>t</title></head><body>{NAV}<div class="xxgk_info"><ul><li>索 引 号：CC0001/2031-00231</li><li>发文机关：澄川县人民政府办公室</li>
        <li>文　　号：澄政办发〔2031〕8号</li><li>发布日期：2031-06-11</li></ul></div><div class="gknr">
        <p style="text-align:center">澄政办发〔2031〕8号</p><p>各乡镇人民政府，县政府各部门：</p>
        <p>《澄川县城区防涝应急预案》已经县政府同意，现印发给你们，请认真组织实施。</p><p>澄川县人民政府办公室</p><p>2031年6月10日</p>
        <p>（此件公开发布）</p><p>附件：<a href="1.pdf">澄川县城区防涝应急预案.pdf</a></p></div><div>{FOOT}</div></body></html>""",
        "关于印发城区防涝应急预案的通知",
        ("澄政办发〔2031〕8号", "各乡镇人民政府", "请认真组织实施", "此件公开发布"),
        ("索 引 号", "ICP备", "首页"),
    ),
)
