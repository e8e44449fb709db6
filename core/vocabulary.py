"""The closed word lists: a code in English for the machine, a label in Chinese for the screen.

Roles and states are those of the domain handbook, section 5; they do not change.
"""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A code that carries its screen label."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a member of its code and its label; looking one up takes the code alone."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.label = label
        return word


class Role(Word):
    """What a person may do; one person may hold several."""

    MONITOR = "monitor", "监测员"
    ANALYST = "analyst", "分析员"
    VERIFIER = "verifier", "核实员"
    HELP_DESK = "help_desk", "求助专岗"
    DRAFTER = "drafter", "起草人"
    OFFICE_REVIEWER = "office_reviewer", "审核人（两办）"
    PUBLICITY_REVIEWER = "publicity_reviewer", "审核人（宣传部/新闻办）"
    SECRECY_REVIEWER = "secrecy_reviewer", "保密审查员"
    SIGNER = "signer", "签发人"
    PUBLISHER = "publisher", "发布员"
    SPOKESPERSON = "spokesperson", "发言人"
    DUTY_LEADER = "duty_leader", "值班领导"
    ADMIN = "admin", "管理员"
    AUDITOR = "auditor", "审计员"


class IncidentState(Word):
    """An incident's life, in this order."""

    PROPOSED = "proposed", "拟立"
    HANDLING = "handling", "处置中"
    EASING = "easing", "缓解"
    AFTERMATH = "aftermath", "善后"
    ARCHIVED = "archived", "归档"


class IncidentStage(Word):
    """How far what happens has come, as far as posts tell; the state is what people decide."""

    LATENT = "latent", "潜在期"
    ONSET = "onset", "突发期"
    SPREAD = "spread", "发展期"
    PEAK = "peak", "高峰期"
    RELIEF = "relief", "缓解期"
    AFTERMATH = "aftermath", "善后期"


class ClaimStatus(Word):
    """How far the handling of a claim has come; the outcome is a ``Verdict``."""

    FOUND = "found", "发现"
    CHECKING = "checking", "核实中"
    JUDGED = "judged", "已核实"


class ClaimStance(Word):
    """What a post does to the claim it speaks of."""

    ENQUIRY = "enquiry", "求证"
    DENIAL = "denial", "否认"
    SUPPORT = "support", "相信或转述"
    OTHER = "other", "其他"


class ClaimEditKind(Word):
    """What a person decided about which posts make one claim."""

    MERGE = "merge", "合并"
    SPLIT = "split", "拆分"
    APART = "apart", "不是一回事"


class Verdict(Word):
    """What verification found. "Unverified" is never "false"."""

    CHECKING = "checking", "核实中"
    VERIFIED_TRUE = "verified_true", "属实"
    PARTLY_TRUE = "partly_true", "部分属实"
    VERIFIED_FALSE = "verified_false", "不实"
    UNDETERMINED = "undetermined", "尚无定论"
    OUTDATED = "outdated", "已过时"
    OUT_OF_CONTEXT = "out_of_context", "移花接木"
    NOT_A_CLAIM = "not_a_claim", "非事实陈述"


class QuestionStatus(Word):
    """Whether what people ask has been answered."""

    UNANSWERED = "unanswered", "未答"
    DRAFTING = "drafting", "起草"
    ANSWERED = "answered", "已答"
    ASKED_AGAIN = "asked_again", "追问"
    CLOSED = "closed", "关闭"


class EvidenceKind(Word):
    """What stands behind a fact or a verdict."""

    E1 = "E1", "责任单位书面确认"
    E2 = "E2", "监测数据或工况记录"
    E3 = "E3", "现场核查记录（两人以上）"
    E4 = "E4", "带时间的现场影像且已核地点"
    E5 = "E5", "上级或主管部门公开发布"
    E6 = "E6", "多名互不相关的现场讲述"
    E7 = "E7", "媒体采访报道"
    E8 = "E8", "单一网帖"
    E9 = "E9", "责任单位口头否认"


class StatementKind(Word):
    """The kind of a public text; D-numbers are those of the domain handbook, section 3."""

    FIRST = "first", "情况通报（首发）"
    FOLLOW_UP = "follow_up", "情况通报（续发）"
    RESULT = "result", "情况通报（阶段终报）"
    MEASURES = "measures", "权威发布"
    REFUTATION = "refutation", "辟谣说明"
    CONFIRMATION = "confirmation", "核实说明"
    BRIEFING = "briefing", "新闻发布会"
    CORRECTION = "correction", "更正说明"
    WITHDRAWAL = "withdrawal", "撤回说明"
    WARNING_RELAY = "warning_relay", "预警转发"
    FAQ = "faq", "便民问答"


class StatementState(Word):
    """A statement's way to the public, in this order; the last four follow publication."""

    DRAFT = "draft", "草稿"
    SELF_CHECK = "self_check", "自检"
    UNIT_CHECK = "unit_check", "责任单位核对"
    OFFICE_REVIEW = "office_review", "两办审核"
    PUBLICITY_REVIEW = "publicity_review", "宣传部审核"
    SECRECY_REVIEW = "secrecy_review", "保密审查"
    TO_SIGN = "to_sign", "待签发"
    SIGNED = "signed", "已签发"
    PUBLISHED = "published", "已发布"
    UPDATED = "updated", "已更新"
    CORRECTED = "corrected", "已更正"
    WITHDRAWN = "withdrawn", "已撤回"
    ARCHIVED = "archived", "归档"


class LeafType(Word):
    """What an entry of the release log records."""

    RELEASE = "release", "发布"
    CORRECTION = "correction", "更正"
    WITHDRAWAL = "withdrawal", "撤回"
    POLICY = "policy", "审批规则"
    KEY = "key", "签名密钥"
    CLOCK = "clock", "时钟"
    DRILL = "drill", "演练"


class ConcernLevel(Word):
    """How worried the public is; never shown as, or mixed with, the legal incident level."""

    C0 = "C0", "平稳"
    C1 = "C1", "关注"
    C2 = "C2", "升温"
    C3 = "C3", "集中关切"
    C4 = "C4", "紧急回应"


class Emotion(Word):
    """The strongest feeling in a post, as a reader would name it."""

    HAPPY = "happy", "高兴"
    ANGRY = "angry", "愤怒"
    SAD = "sad", "悲伤"
    FEAR = "fear", "恐惧"
    SURPRISE = "surprise", "惊讶"
    NEUTRAL = "neutral", "平静"


class AlertKind(Word):
    """Why an alert was raised."""

    VOLUME_RISE = "volume_rise", "声量上升"
    SENTIMENT_RISE = "sentiment_rise", "情绪上升"
    ENQUIRY = "enquiry", "多人求证"
    PROBLEM = "problem", "多人反映问题"
    HAZARD = "hazard", "出现险情说法"
    CONFLICT = "conflict", "官方回应与现场反映不一致"


class AlertState(Word):
    """What became of an alert."""

    RAISED = "raised", "待处理"
    ACKNOWLEDGED = "acknowledged", "已接收"
    FALSE = "false", "误报"
    CLOSED = "closed", "已结束"


class AlertAct(Word):
    """A step in the life of an alerted matter; the first two are the system's own."""

    RAISE = "raise", "提醒"
    JOIN = "join", "并入"
    ACKNOWLEDGE = "acknowledge", "接收"
    ASSIGN = "assign", "交办"
    FALSE = "false", "标为误报"
    UNDO = "undo", "撤销误报"
    CLOSE = "close", "结束"
    REOPEN = "reopen", "重开"
    LOWER = "lower", "降级"


class FalseGround(Word):
    """Why an alert was false; it says nothing about whether a claim is true."""

    ELSEWHERE = "elsewhere", "外地的事"
    OLD_NEWS = "old_news", "旧事重提"
    COPIES = "copies", "同文刷屏"
    NOISE = "noise", "玩笑、广告或无关内容"
    ROUTINE = "routine", "例行或预告过的事"
    DRILL = "drill", "演练或测试"
    FAULT = "fault", "数据或来源故障"
    TOO_SMALL = "too_small", "量太小，不必提醒"
    OTHER = "other", "其他"


class VisitOutcome(Word):
    """How a visit to a source ended."""

    OK = "ok", "正常"
    UNCHANGED = "unchanged", "没有变化"
    EMPTY = "empty", "空响应"
    REFUSED = "refused", "被拒绝"
    THROTTLED = "throttled", "被限流"
    LOGIN_PAGE = "login_page", "返回登录页"
    CAPTCHA = "captcha", "要求验证码"
    DISALLOWED = "disallowed", "robots.txt 不允许"
    DAMAGED = "damaged", "内容损坏"
    UNREACHABLE = "unreachable", "无法连接"

    @property
    def works(self) -> bool:
        """Whether the source was seen in working order."""
        return self in {VisitOutcome.OK, VisitOutcome.UNCHANGED}


class SealedPurpose(Word):
    """Why something that may name a person is kept for some hours, encrypted."""

    UNPARSED_PAGE = "unparsed_page", "未能解析的页面"
    HELP_CONTACT = "help_contact", "求助联系方式"


class ContactKind(Word):
    """What of a call for help leads to somebody."""

    PHONE = "phone", "电话"
    ACCOUNT = "account", "微信或 QQ"
    DOOR = "door", "门牌"


class DestructionCause(Word):
    """Why something sealed was destroyed."""

    EXPIRED = "expired", "保存期满"
    NO_CALL = "no_call", "经判断不是求助"
    LEAD_CLOSED = "lead_closed", "求助办结"
    INCIDENT_CLOSED = "incident_closed", "事件归档"


class HelpState(Word):
    """The way of a call for help, in this order; the last two close it."""

    RECEIVED = "received", "收到"
    HANDED_OVER = "handed_over", "电话转办"
    ACCEPTED = "accepted", "已接单"
    ARRIVED = "arrived", "已到达"
    DONE = "done", "办结"
    UNVERIFIABLE = "unverifiable", "无法核实"

    @property
    def closed(self) -> bool:
        """Whether nothing more is to be done."""
        return self in {HelpState.DONE, HelpState.UNVERIFIABLE}


class HelpNeed(Word):
    """What somebody lacks; the first that fits stands first."""

    TRAPPED = "trapped", "被困"
    MEDICAL = "medical", "送医"
    MEDICINE = "medicine", "缺药"
    MISSING = "missing", "失联"
    SUPPLIES = "supplies", "物资"
    SHELTER = "shelter", "转移安置"
    OTHER = "other", "其他"


class HelpUrgency(Word):
    """How a call for help stands by the clock."""

    IN_TIME = "in_time", "时限内"
    WARNED = "warned", "快到时限"
    LATE = "late", "超时未转办"
    WAITING = "waiting", "等待接单"
    ESCALATED = "escalated", "无人接单，报值班领导"
    MET = "met", "已接单"
    OVER = "over", "已办结"


class NoticeKind(Word):
    """What a message to the desk is about."""

    ALERT = "alert", "预警"
    DIGEST = "digest", "早间摘要"
    HEARTBEAT = "heartbeat", "运行报平安"
    ESCALATION = "escalation", "无人接收，升级"
    HANDOVER = "handover", "交接班"
    REPORT = "report", "报告"
    SOURCE_SILENT = "source_silent", "来源沉默"
    TEST = "test", "测试"


class NoticeChannel(Word):
    """By which way a message leaves."""

    WECOM = "wecom", "企业微信群机器人"
    DINGTALK = "dingtalk", "钉钉群机器人"
    FEISHU = "feishu", "飞书群机器人"
    EMAIL = "email", "电子邮件"
    NTFY = "ntfy", "ntfy"
    WEBHOOK = "webhook", "签名 Webhook"


class DeliveryState(Word):
    """How far one part of a message has come on its way to one target."""

    WAITING = "waiting", "待发送"
    SENT = "sent", "已送出"
    GIVEN_UP = "given_up", "放弃"


class DeliveryOutcome(Word):
    """How one attempt to send one part ended."""

    UNKNOWN = "unknown", "结果不明"
    SENT = "sent", "对方已收下"
    THROTTLED = "throttled", "被限流"
    REFUSED = "refused", "被拒收"
    SERVER_ERROR = "server_error", "对方故障"
    TIMEOUT = "timeout", "超时"
    UNREACHABLE = "unreachable", "无法连接"
    TLS = "tls", "证书或加密有误"
    FORBIDDEN = "forbidden", "不许发往"
    EXPIRED = "expired", "过时未发"


class ReportForm(Word):
    """A form in which a report is written; the code ends the file's name."""

    PAGE = "html", "网页"
    WORD = "docx", "Word 文件"
    SHEET = "csv", "表格"


class UpwardKind(Word):
    """A report to the level above; people send it, the tool drafts it."""

    FIRST = "first", "初报"
    FOLLOW_UP = "follow_up", "续报"
    FINAL = "final", "终报"


class JobOutcome(Word):
    """How a run by the clock came out."""

    DONE = "done", "完成"
    FAILED = "failed", "失败"
    SKIPPED = "skipped", "未补做"


class JobState(Word):
    """How it stands with something done by the clock."""

    OK = "ok", "正常"
    RUNNING = "running", "正在运行"
    FAILING = "failing", "失败"
    OVERDUE = "overdue", "误时"
    NEVER = "never", "尚未运行"


class ItemKind(Word):
    """Which posts stand behind a figure."""

    POST = "post", "公开信息"
    QUESTION = "question", "提问"
    HELP = "help", "求助"
    CRITICAL = "critical", "批评与追问"
    COPY = "copy", "重复"
    LATE = "late", "迟到"
    """Published before the span, and seen only in it."""


class PromiseState(Word):
    """How a promised update stands."""

    RUNNING = "running", "未到期"
    KEPT = "kept", "按时履行"
    LATE = "late", "迟到履行"
    OVERDUE = "overdue", "已逾期"
