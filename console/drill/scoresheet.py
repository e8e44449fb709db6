"""The score sheet of the drill: every part of the oracle met, not met, or not yet built.

Judged from plain rows (the exports) and the labels, so that it can also judge another system.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from console.drill.scenario import Scenario, minutes
from console.drill.writing import Label

Outcome = Literal["met", "not met", "not yet built"]
Row = Mapping[str, Any]

LINE = "the line"
UNDERSTANDING = "understanding"
NOTICING = "noticing, reports"
VERIFYING = "verifying, drafting"
PUBLISHING = "publishing"
OPERATING = "operating, evaluation"

SLACK_MIN = 5
"""Scripted acts happen at a round's end, so a fixed moment may be missed by one round."""
FALSE_VERDICTS = frozenset({"verified_false", "out_of_context"})
TRUE_CORE = frozenset({"verified_true", "partly_true"})
OPEN_VERDICTS = frozenset({"", "checking", "undetermined"})
HELP_RECALL, HELP_PRECISION = 0.95, 0.6
LEAST_SHARE = 0.4
RANKED = 10

_WORDS: Mapping[Outcome, str] = {"met": "达到", "not met": "未达到", "not yet built": "尚未建成"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of one line of the oracle."""

    oracle: str
    what: str
    owner: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the caller gathered of a played drill; None where the system offers nothing yet."""

    posts: Sequence[Row] = field(repr=False)
    """Rows of the export, as are the next five."""
    claims: Sequence[Row] = field(repr=False)
    questions: Sequence[Row] | None = None
    alerts: Sequence[Row] | None = None
    statements: Sequence[Row] | None = None
    facts: Sequence[Row] | None = None
    verdicts: Sequence[Row] | None = None
    """Every approved verdict ever: ``claim_id, verdict, at``."""
    refusals: Sequence[str] | None = None
    """Reasons with which the checks stopped a text."""
    authors: Mapping[str, str] | None = field(default=None, repr=False)
    """Post id -> author, from the drill; only to count distinct voices again."""
    drafts: Sequence[str] | None = field(default=None, repr=False)
    """Texts of all statement versions."""
    questions_at_1600: Sequence[Row] | None = None
    """The questions export as it stood at T+16:00."""
    reports: Sequence[str] | None = field(default=None, repr=False)
    """Texts of reports, to look for unmasked numbers."""
    half_life_h: float | None = None
    """K6 of CL01 as the system computed it."""
    destruction_records: int | None = None
    """How many records tell that contacts of calls for help were destroyed."""
    contacts_left: int = 0
    """How many are still kept now that the incident is archived."""


class _View:
    """The gathered rows joined with the labels."""

    def __init__(self, story: Scenario, gathered: Gathered, labels: Mapping[str, Label]) -> None:
        self.story, self.gathered, self.labels = story, gathered, labels
        self.by_claim: dict[str, list[Row]] = {}
        for post in gathered.posts:
            if post.get("claim_id"):
                self.by_claim.setdefault(str(post["claim_id"]), []).append(post)

    def label(self, post: Row) -> Label | None:
        return self.labels.get(str(post["post_id"]))

    def is_official(self, post: Row) -> bool:
        """Return whether an office wrote the post: its word counts, its voice does not."""
        label = self.label(post)
        # A line of a topic is named topic/number, an official text by its id alone.
        return label is not None and "/" not in label.line

    def share(self, claim_id: str, wanted: Any) -> float:
        """Return the share of the claim's labelled posts for which *wanted* is true, 0..1."""
        labels = [x for post in self.by_claim.get(claim_id, ()) if (x := self.label(post))]
        return sum(bool(wanted(label)) for label in labels) / len(labels) if labels else 0.0

    def is_about(self, claim_id: str, oracle_claim: str) -> bool:
        """Most of its posts that make a claim make this one, and they are no small part of it."""
        share = self.share(claim_id, lambda label: label.claim_id == oracle_claim)
        claiming = self.share(claim_id, lambda label: label.claim_id is not None)
        return share > claiming / 2 and share >= LEAST_SHARE

    def about(self, oracle_claim: str) -> list[Row]:
        """Return the claims found whose posts are mostly about *oracle_claim*, earliest first."""
        found = [
            claim
            for claim in self.gathered.claims
            if self.is_about(str(claim["claim_id"]), oracle_claim)
        ]
        return sorted(found, key=lambda claim: str(claim["first_seen"]))

    def at(self, clock: str) -> datetime:
        return self.story.moment(minutes(clock))

    def told(self, moment: datetime | None) -> str:
        """Return a moment as T+hh:mm."""
        if moment is None:
            return "从未"
        passed = int((moment - self.story.t0).total_seconds() // 60)
        return f"T+{passed // 60:02d}:{passed % 60:02d}"

    def verdicts_on(self, claims: Iterable[Row]) -> list[tuple[datetime, str]]:
        """Return when each verdict was given on *claims*, in order."""
        ids = {claim["claim_id"] for claim in claims}
        rows = [row for row in self.gathered.verdicts or () if row["claim_id"] in ids]
        return sorted((at, str(row["verdict"])) for row in rows if (at := _moment(row["at"])))


def score(story: Scenario, gathered: Gathered, labels: Mapping[str, Label]) -> list[Part]:
    """Return every part of O1 to O15, in order."""
    view = _View(story, gathered, labels)
    return [
        *_rise(view),
        *_complaint(view),
        *_rumour(view),
        *_resurfacing(view),
        *_found_claims(view),
        *_numbers(view),
        *_wrong_phone(view),
        *_questions(view),
        *_help(view),
        *_noise(view),
        *_promises(view),
        *_day(view),
        *_purge(view),
    ]


def render(parts: Sequence[Part]) -> str:
    """Return the sheet as a text table in Chinese, with counts."""
    counts = Counter(part.outcome for part in parts)
    lines = ["演练评分表", ""]
    lines += [
        f"{part.oracle:<4}{_WORDS[part.outcome]}\t{part.what}（{part.owner}）：{part.detail}"
        for part in parts
    ]
    total = "，".join(f"{word} {counts[outcome]} 项" for outcome, word in _WORDS.items())
    return "\n".join([*lines, "", f"共 {len(parts)} 项：{total}", ""])


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(str(value)) if value else None


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _outcome(*, met: bool) -> Outcome:
    return "met" if met else "not met"


def _unbuilt(oracle: str, what: str, owner: str, missing: str) -> Part:
    return Part(oracle, what, owner, "not yet built", f"没有{missing}")


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _by(view: _View, part: tuple[str, str, str], moment: datetime | None, clock: str) -> Part:
    """Return the part met when *moment* is not after T+*clock*."""
    met = moment is not None and moment <= view.at(clock)
    return Part(*part, _outcome(met=met), f"{view.told(moment)}，要求不晚于 T+{clock}")


def _near(view: _View, part: tuple[str, str, str], moment: datetime | None, clock: str) -> Part:
    """Return the part met when *moment* lies within one round of T+*clock*."""
    gap = abs((moment - view.at(clock)).total_seconds()) / 60 if moment else None
    met = gap is not None and gap <= SLACK_MIN
    return Part(*part, _outcome(met=met), f"{view.told(moment)}，要求 T+{clock}")


def _rise(view: _View) -> list[Part]:
    what, alerts = "雨情上升首次告警", view.gathered.alerts
    if alerts is None:
        return [_unbuilt("O1", what, NOTICING, "告警")]
    first = _first(_moment(a["raised_at"]) for a in alerts if a["kind"] == "volume_rise")
    met = first is not None and view.at("04:30") <= first <= view.at("05:45")
    detail = f"{view.told(first)}，要求 T+04:30 至 T+05:45"
    return [Part("O1", what, NOTICING, _outcome(met=met), detail)]


def _complaint(view: _View) -> list[Part]:
    claims = view.about("CL02")
    noticed = _first(_moment(claim.get("noticed_at")) for claim in claims)
    parts = [_by(view, ("O2", "泵站投诉成簇并被发现", LINE), noticed, "06:30")]
    history = view.verdicts_on(claims)
    ever_false = [at for at, verdict in history if verdict in FALSE_VERDICTS]
    ever_false += [c["claim_id"] for c in claims if c.get("verdict") in FALSE_VERDICTS]
    detail = "曾被判为不实" if ever_false else f"{len(claims)} 个说法，从未判为不实"
    met = bool(claims) and not ever_false
    parts.append(Part("O2", "泵站投诉从未判为不实", LINE, _outcome(met=met), detail))
    what = "泵站投诉核心判为属实"
    if view.gathered.verdicts is None:
        parts.append(_unbuilt("O2", what, VERIFYING, "核实结论"))
    else:
        told = _first(at for at, verdict in history if verdict in TRUE_CORE)
        parts.append(_by(view, ("O2", what, VERIFYING), told, "09:30"))
    what = "官方否认与现场反映冲突的告警"
    if view.gathered.alerts is None:
        return [*parts, _unbuilt("O2", what, VERIFYING, "告警")]
    ids = {claim["claim_id"] for claim in claims}
    conflict = _first(
        _moment(a["raised_at"])
        for a in view.gathered.alerts
        if a["kind"] == "conflict" and (not a.get("claim_id") or a["claim_id"] in ids)
    )
    return [*parts, _by(view, ("O2", what, VERIFYING), conflict, "07:45")]


def _rumour(view: _View) -> list[Part]:
    claims = view.about("CL01")
    ids = {claim["claim_id"] for claim in claims}
    noticed = _first(_moment(claim.get("noticed_at")) for claim in claims)
    parts = [_by(view, ("O3", "溃坝说法列为候选", LINE), noticed, "08:58")]
    if view.gathered.alerts is None:
        parts.append(_unbuilt("O3", "溃坝说法告警为 C4", NOTICING, "告警"))
    else:
        urgent = _first(
            _moment(a["raised_at"])
            for a in view.gathered.alerts
            if a.get("claim_id") in ids and a["level"] == "C4"
        )
        parts.append(_by(view, ("O3", "溃坝说法告警为 C4", NOTICING), urgent, "08:58"))
    what = "有证据（T+09:50）之后才下结论"
    if view.gathered.verdicts is None:
        parts.append(_unbuilt("O3", what, VERIFYING, "核实结论"))
    else:
        final = [at for at, verdict in view.verdicts_on(claims) if verdict not in OPEN_VERDICTS]
        met = bool(final) and min(final) >= view.at("09:50")
        parts.append(Part("O3", what, VERIFYING, _outcome(met=met), view.told(_first(final))))
    what = "溃坝辟谣说明发布"
    if view.gathered.statements is None:
        return [*parts, _unbuilt("O3", what, LINE, "文稿")]
    answers = {x for c in claims for x in str(c.get("answered_by") or "").replace(";", " ").split()}
    published = _first(
        _moment(s.get("published_at"))
        for s in view.gathered.statements
        if s["statement_id"] in answers
    )
    parts.append(_near(view, ("O3", what, LINE), published, "10:05"))
    return [*parts, _unbuilt("O3", "超时 7 分钟的时钟显示", VERIFYING, "时钟")]


def _resurfacing(view: _View) -> list[Part]:
    claims = view.about("CL01")
    ids = {claim["claim_id"] for claim in claims}
    again = [
        post
        for post in view.gathered.posts
        if (label := view.label(post))
        and label.claim_id == "CL01"
        and view.at("23:00") <= (_moment(post["published_at"]) or view.story.t0) < view.at("26:00")
    ]
    joined = sum(post.get("claim_id") in ids for post in again)
    fresh = sum((_moment(c["first_seen"]) or view.story.t0) >= view.at("23:00") for c in claims)
    met = bool(again) and joined >= 0.8 * len(again) and not fresh
    detail = f"{joined}/{len(again)} 帖归入原说法，新立 {fresh} 个"
    parts = [Part("O4", "旧视频再传归入原说法", UNDERSTANDING, _outcome(met=met), detail)]
    hours = view.gathered.half_life_h
    if hours is None:
        return [*parts, _unbuilt("O4", "溃坝说法半衰期", OPERATING, "半衰期")]
    met, detail = abs(hours - 1.5) <= 0.4, f"{hours:.2f} 小时，要求 1.5±0.4"
    return [*parts, Part("O4", "溃坝说法半衰期", OPERATING, _outcome(met=met), detail)]


def _found_claims(view: _View) -> list[Part]:
    ids = {c["claim_id"] for c in (*view.about("CL01"), *view.about("CL07"))}
    video = [p for p in view.gathered.posts if (x := view.label(p)) and x.claim_id == "CL07"]
    grouped = sum(post.get("claim_id") in ids for post in video)
    met = bool(video) and grouped >= 0.5 * len(video)
    detail = f"{grouped}/{len(video)} 帖"
    parts = [Part("O5", "旧泄洪视频与溃坝说法成簇", UNDERSTANDING, _outcome(met=met), detail)]
    parts.append(_verdict(view, "O5", "CL07", "out_of_context", "00:00"))
    parts.append(_found(view, "O6", "CL03", "伤亡说法被发现"))
    what = "伤亡说法不进任何文稿"
    if view.gathered.drafts is None:
        parts.append(_unbuilt("O6", what, VERIFYING, "文稿版本"))
    else:
        leaks = sum("一家三口" in text for text in view.gathered.drafts)
        parts.append(Part("O6", what, VERIFYING, _outcome(met=not leaks), f"{leaks} 稿引用"))
    parts.append(_found(view, "O9", "CL10", "安置点满员说法被发现"))
    return [*parts, _verdict(view, "O9", "CL10", "outdated", "13:00")]


def _found(view: _View, oracle: str, claim: str, what: str) -> Part:
    noticed = _first(_moment(each.get("noticed_at")) for each in view.about(claim))
    met = noticed is not None
    return Part(oracle, what, UNDERSTANDING, _outcome(met=met), view.told(noticed))


def _verdict(view: _View, oracle: str, claim: str, verdict: str, not_before: str) -> Part:
    what = f"{claim} 的结论为 {verdict}"
    if view.gathered.verdicts is None:
        return _unbuilt(oracle, what, VERIFYING, "核实结论")
    given = _first(at for at, each in view.verdicts_on(view.about(claim)) if each == verdict)
    met = given is not None and given >= view.at(not_before)
    return Part(oracle, what, VERIFYING, _outcome(met=met), view.told(given))


def _numbers(view: _View) -> list[Part]:
    what, refusals = "924 与 942 的冲突被拦下", view.gathered.refusals
    if refusals is None:
        return [_unbuilt("O7", what, LINE, "拦截记录")]
    stopped = [reason for reason in refusals if "924" in reason and "942" in reason]
    detail = f"{len(refusals)} 条拦截理由，其中 {len(stopped)} 条说到两个数"
    return [Part("O7", what, LINE, _outcome(met=bool(stopped)), detail)]


def _wrong_phone(view: _View) -> list[Part]:
    lines = view.story.lines["E_help"]
    wrong = {f"E_help/{line.number}" for line in lines if line.group == "wrong_phone"}
    claims = [
        claim
        for claim in view.gathered.claims
        if view.share(str(claim["claim_id"]), lambda label: label.line in wrong) > 0.5
    ]
    noticed = _first(_moment(claim.get("noticed_at")) for claim in claims)
    parts = [_by(view, ("O8", "错误电话的反馈成簇", PUBLISHING), noticed, "10:58")]
    if view.gathered.statements is None:
        return [*parts, _unbuilt("O8", "更正说明发布", PUBLISHING, "文稿")]
    fixed = _first(
        _moment(s.get("published_at"))
        for s in view.gathered.statements
        if s["kind"] == "correction"
    )
    return [*parts, _near(view, ("O8", "更正说明发布", PUBLISHING), fixed, "11:00")]


def _questions(view: _View) -> list[Part]:
    what, rows = "T+16:00 首位未答问题是停课", view.gathered.questions_at_1600
    parts = []
    if rows is None:
        parts.append(_unbuilt("O10", what, UNDERSTANDING, "当时的问题榜"))
    else:
        top = _top_unanswered(rows)
        met = top is not None and "停" in str(top["text"]) and "课" in str(top["text"])
        detail = f"{top['question_id']}，{top['voices']} 人" if top else "榜上无问题"
        parts.append(Part("O10", what, UNDERSTANDING, _outcome(met=met), detail))
    what, rows = "便民问答之后停课问题落榜", view.gathered.questions
    if rows is None:
        return [*parts, _unbuilt("O10", what, VERIFYING, "问题")]
    school = [q for q in rows if "停" in str(q["text"]) and "课" in str(q["text"])]
    answered = [q for q in school if q["status"] in {"answered", "closed"}]
    top = max(school, key=lambda q: int(q["voices"]), default=None)
    met, detail = top in answered and top is not None, f"{len(answered)}/{len(school)} 个已答"
    return [*parts, Part("O10", what, VERIFYING, _outcome(met=met), detail)]


def _top_unanswered(rows: Sequence[Row]) -> Row | None:
    unanswered = [row for row in rows if row["status"] in {"unanswered", "asked_again"}]
    return max(unanswered, key=lambda row: int(row["voices"]), default=None)


def _help(view: _View) -> list[Part]:
    pairs = [
        (_true(post["help"]), label.help)
        for post in view.gathered.posts
        if (label := view.label(post)) and post.get("help") not in {None, ""}
    ]
    hits = sum(said and meant for said, meant in pairs)
    recall = hits / max(1, sum(meant for _, meant in pairs))
    precision = hits / max(1, sum(said for said, _ in pairs))
    met = recall >= HELP_RECALL and precision >= HELP_PRECISION
    detail = (
        f"召回 {recall:.3f}（要求 {HELP_RECALL}），精确 {precision:.3f}（要求 {HELP_PRECISION}）"
    )
    parts = [Part("O11", "求助识别", UNDERSTANDING, _outcome(met=met), detail)]
    what, reports = "报告中没有未遮盖的号码", view.gathered.reports
    if reports is None:
        return [*parts, _unbuilt("O11", what, UNDERSTANDING, "报告")]
    # Numbers of the story's offices are public; only the residents' invented ones may not appear.
    bare = sum("0000-5551" in text or "12000000000" in text for text in reports)
    return [*parts, Part("O11", what, UNDERSTANDING, _outcome(met=not bare), f"{bare} 份有")]


def _noise(view: _View) -> list[Part]:
    parts = []
    if view.gathered.alerts is None:
        parts.append(_unbuilt("O12", "噪声与外地帖不引发告警", LINE, "告警"))
    else:
        wrong = [
            alert["alert_id"]
            for alert in view.gathered.alerts
            if alert.get("claim_id")
            and view.share(str(alert["claim_id"]), lambda label: label.noise) > 0.5
        ]
        detail = f"{len(view.gathered.alerts)} 条告警，其中 {len(wrong)} 条出自噪声"
        met = not wrong
        parts.append(Part("O12", "噪声与外地帖不引发告警", LINE, _outcome(met=met), detail))
    return [*parts, _ranks(view)]


def _ranks(view: _View) -> Part:
    """Compare the order by voices with that by distinct authors, without copies and offices.

    One name on two platforms is two voices: nobody may join them.
    """
    what, authors = "重复帖不改变按人数的排名", view.gathered.authors
    if authors is None:
        return _unbuilt("O12", what, LINE, "作者名单")
    own = {
        claim_id: len(
            {
                (post.get("channel"), authors.get(str(post["post_id"])))
                for post in posts
                if not post.get("duplicate_of") and not view.is_official(post)
            }
        )
        for claim_id, posts in view.by_claim.items()
    }
    ranked = sorted(view.gathered.claims, key=lambda claim: -int(claim["voices"]))[:RANKED]
    swapped = sum(
        int(a["voices"]) > int(b["voices"])
        and own.get(a["claim_id"], 0) < own.get(b["claim_id"], 0)
        for n, a in enumerate(ranked)
        for b in ranked[n + 1 :]
    )
    met = bool(ranked) and not swapped
    return Part("O12", what, LINE, _outcome(met=met), f"前 {len(ranked)} 名中 {swapped} 对换位")


def _promises(view: _View) -> list[Part]:
    what, later = (
        "首发用时 85 分钟",
        _unbuilt("O13", "下次更新的承诺逐条兑现", VERIFYING, "承诺记录"),
    )
    if view.gathered.statements is None:
        return [_unbuilt("O13", what, VERIFYING, "文稿"), later]
    first = _first(
        _moment(s.get("published_at")) for s in view.gathered.statements if s["kind"] == "first"
    )
    return [_near(view, ("O13", what, VERIFYING), first, "06:45"), later]


def _day(view: _View) -> list[Part]:
    kinds = {f"CL{n:02d}" for n in range(1, 11)}
    found = {claim for claim in kinds if view.about(claim)}
    parts = [
        Part(
            "O14",
            "十个说法都被发现",
            NOTICING,
            _outcome(met=found == kinds),
            f"{len(found)}/10"
            + (f"，缺 {'、'.join(sorted(kinds - found))}" if found != kinds else ""),
        )
    ]
    what = "首位未答问题是泵站调查结果何时公布"
    if view.gathered.questions is None:
        parts.append(_unbuilt("O14", what, NOTICING, "问题"))
    else:
        top = _top_unanswered(view.gathered.questions)
        met = top is not None and "调查" in str(top["text"])
        detail = f"{top['question_id']}，{top['voices']} 人" if top else "榜上无问题"
        parts.append(Part("O14", what, NOTICING, _outcome(met=met), detail))
    what, rows = "21 份文稿，其中更正 1 份", view.gathered.statements
    if rows is None:
        return [*parts, _unbuilt("O14", what, PUBLISHING, "文稿")]
    out = {s["statement_id"]: s["kind"] for s in rows if s.get("published_at")}
    fixes = sum(kind == "correction" for kind in out.values())
    met = len(out) == 21 and fixes == 1
    detail = f"{len(out)} 份，更正 {fixes} 份"
    return [*parts, Part("O14", what, PUBLISHING, _outcome(met=met), detail)]


def _purge(view: _View) -> list[Part]:
    what, records = "归档后求助联系方式销毁并有记录", view.gathered.destruction_records
    if records is None:
        return [_unbuilt("O15", what, OPERATING, "销毁记录")]
    left = view.gathered.contacts_left
    met, detail = records > 0 and not left, f"{records} 条销毁记录，还留着 {left} 条联系方式"
    return [Part("O15", what, OPERATING, _outcome(met=met), detail)]
