"""Writing the posts of a plan from the story's lines, worn as thumbs type them."""

import re
from dataclasses import dataclass, replace
from random import Random

from console.drill.planning import Slot
from console.drill.scenario import Line, Scenario, ScenarioStatement

OFFICIAL_CHANNEL = "weibo"
CHANNEL_CODES = {
    "短视频": "short_video",
    "微博类": "weibo",
    "群聊截图公开转发": "group_share",
    "本地论坛与贴吧": "forum",
    "政务账号评论区": "gov_comments",
    "12345公开工单摘要": "hotline",
    "新闻客户端与评论": "news",
}
_SLOT = re.compile(r"\{(\w+)\}")
_PHONE = re.compile(r"120\d{8}|0000-5551\d{3}")
# Names of the county and what they are called in the far county of the same sound.
_FAR_NAMES = {
    "望澄水库": "云岚山景区水库",
    "东禾泵站": "川澄街泵站",
    "东禾": "川澄街",
    "澄水河": "川澄街小河",
    "柏舟桥": "川澄街老桥",
    "建业路下穿通道": "川澄街下穿通道",
    "大垄": "川澄街北头",
    "三中": "川澄街中学",
    "住建局": "川澄街住建",
    "禾丰农贸市场": "川澄街菜场",
    "惠邻超市": "川澄街超市",
}


@dataclass(frozen=True, slots=True)
class Label:
    """What the writer of a post knows about it."""

    topic: str
    claim_id: str | None
    stance: str | None
    """support, enquiry, deny, other or official."""
    is_question: bool
    concern: str
    help: bool
    place: str | None
    dup_of: str | None
    noise: bool
    line: str
    """Topic and number of the line it was written from, or the id of a statement."""


@dataclass(frozen=True, slots=True)
class Written:
    """A post being written: everything but its author."""

    id: str
    slot: Slot
    text: str
    line: Line | None
    label: Label
    channel: str
    private: bool = False
    reply_to: str | None = None
    repost_of: str | None = None


class Writer:
    """Walks the plan in time and writes each post; knows what was said before."""

    def __init__(self, story: Scenario, rng: Random, *, far: bool) -> None:
        self.story, self.rng, self.far = story, rng, far
        self.before: dict[str, list[Written]] = {topic.id: [] for topic in story.topics}
        self.seen: set[str] = set()
        self.official: dict[str, Written] = {}

    def write(self, plan: list[Slot]) -> list[Written]:
        """Return the posts of *plan*, in its order, with ids in publication order."""
        kinds = self._kinds(plan)
        owed: list[str] = []
        out: list[Written] = []
        for number, slot in enumerate(plan):
            post_id = f"p{number + 1:05d}"
            kind = kinds[number]
            if kind in {"plain", "reply"} and owed and self._may_copy(slot):
                kind = owed.pop() if kind == "plain" else kind
            post = self._one(post_id, slot, kind)
            if post is None:
                owed.append(kind)
                post = self._plain(post_id, slot, private=False, reply=False)
            out.append(post)
            self.before[slot.topic].append(post)
            self.seen.add(post.text)
        return out

    def _may_copy(self, slot: Slot) -> bool:
        kept = slot.statement or slot.first or (slot.scene and slot.scene.needs)
        return not kept

    def _kinds(self, plan: list[Slot]) -> list[str]:
        """Deal out exact copies, near copies, replies and private strings in their shares."""
        mix, total = self.story.mix, len(plan)
        kinds = ["official" if slot.statement else "plain" for slot in plan]
        open_to_copies = [n for n, slot in enumerate(plan) if self._may_copy(slot) and n > 50]
        self.rng.shuffle(open_to_copies)
        for kind, share in (("exact", mix["exact_duplicate"]), ("near", mix["near_duplicate"])):
            for _ in range(min(round(share * total), len(open_to_copies))):
                kinds[open_to_copies.pop()] = kind
        for n in [n for n, slot in enumerate(plan) if slot.scene and slot.scene.reply]:
            kinds[n] = "reply"
        plain = [n for n, kind in enumerate(kinds) if kind == "plain"]
        for n in self.rng.sample(plain, min(round(mix["contains_phone_like"] * total), len(plain))):
            kinds[n] = "private"
        plain = [n for n in plain if kinds[n] == "plain" and n > 50 and not plan[n].first]
        replies = round(mix["reply_or_comment"] * total) - kinds.count("reply")
        for n in self.rng.sample(plain, min(replies, len(plain))):
            kinds[n] = "reply"
        return kinds

    def _one(self, post_id: str, slot: Slot, kind: str) -> Written | None:
        if slot.statement:
            return self._statement(slot, slot.statement)
        if kind in {"exact", "near"}:
            return self._copy(post_id, slot, exact=kind == "exact")
        return self._plain(post_id, slot, private=kind == "private", reply=kind == "reply")

    def _statement(self, slot: Slot, statement: ScenarioStatement) -> Written:
        denial = statement.id.startswith("X")
        parent = self._parent(slot) if denial else None
        label = Label(
            topic=slot.topic,
            claim_id="CL02" if denial else next(iter(statement.claims), None),
            stance="deny" if denial else "official",
            is_question=False,
            concern="",
            help=False,
            place=self._place(statement.text),
            dup_of=None,
            noise=False,
            line=statement.id,
        )
        post = Written(
            id=statement.id,
            slot=slot,
            text=statement.text,
            line=None,
            label=label,
            channel=parent.channel if parent else OFFICIAL_CHANNEL,
            reply_to=parent.id if parent else None,
        )
        self.official[statement.id] = post
        return post

    def _open_lines(self, slot: Slot) -> list[Line]:
        lines = [line for line in self.story.lines[slot.topic] if self._open(line, slot)]
        scene = slot.scene
        if scene and scene.match:
            return [line for line in lines if line.claim == scene.match]
        return [line for line in lines if line.group == (scene.group if scene else "")]

    def _open(self, line: Line, slot: Slot) -> bool:
        if not line.start * 60 <= slot.second < line.end * 60:
            return False
        if slot.stance and line.stance != slot.stance:
            return False
        return slot.claim is None or line.claim == slot.claim

    def _plain(self, post_id: str, slot: Slot, *, private: bool, reply: bool) -> Written:
        lines = self._open_lines(slot)
        if not private:
            lines = [line for line in lines if "{fakephone}" not in line.text]
        if not lines:
            raise ValueError(f"no line for {slot.topic} at second {slot.second}: {slot}")
        parent = self._reply_parent(slot) if reply else None
        line = self._choose(slot, lines)
        text, place, question = self._text(slot, line, lines, reply=parent is not None)
        for _ in range(6):
            if text not in self.seen:
                break
            text, place, question = self._text(slot, line, lines, reply=parent is not None)
        if private and not _PHONE.search(text):  # none in the line, or cut off
            text += self.rng.choice((" 我电话", " 联系", " 打我手机", "，号码")) + self._phone()
        if private and not any(p.private for posts in self.before.values() for p in posts):
            text += " 身份证990101199001010018"
        label = Label(
            topic=slot.topic,
            claim_id=line.claim,
            stance=line.stance,
            is_question=line.question or question,
            concern=line.concern,
            help=line.help,
            place=place,
            dup_of=None,
            noise=slot.topic == "N_noise",
            line=f"{line.topic}/{line.number}",
        )
        return Written(
            id=post_id,
            slot=slot,
            text=text,
            line=line,
            label=label,
            channel=parent.channel if parent else self._channel(),
            private=private,
            reply_to=parent.id if parent else None,
        )

    def _choose(self, slot: Slot, lines: list[Line]) -> Line:
        """Draw a line by weight, seldom one that was just used."""
        used = [post.line for post in self.before[slot.topic][-8:]]
        weights = [each.weight / (1 + 3 * used.count(each)) for each in lines]
        return self.rng.choices(lines, weights)[0]

    def _copy(self, post_id: str, slot: Slot, *, exact: bool) -> Written | None:
        """Return a copy of an earlier post that may still be said now, or None."""
        near = [p for p in self.before[slot.topic][-80:] if self._copyable(p, slot)]
        if not near:
            return None
        origin = self.rng.choice(near)
        text = origin.text if exact else self._almost(origin.text)
        if not exact and text in self.seen:
            return None
        repost = exact and origin.channel == "weibo"
        return replace(
            origin,
            id=post_id,
            slot=slot,
            text=text,
            label=replace(origin.label, dup_of=origin.label.dup_of or origin.id),
            channel=origin.channel if repost else self._channel(),
            reply_to=None,
            repost_of=origin.id if repost else None,
        )

    def _copyable(self, post: Written, slot: Slot) -> bool:
        if post.line is None or post.private or not self._open(post.line, slot):
            return False
        if slot.scene:
            return post.line in self._open_lines(slot)
        return not post.line.group

    def _reply_parent(self, slot: Slot) -> Written | None:
        if slot.scene and slot.scene.reply:
            return self.official[slot.scene.reply]
        return self._parent(slot)

    def _parent(self, slot: Slot) -> Written | None:
        recent = self.before[slot.topic][-60:]
        return self.rng.choice(recent) if recent else None

    def _channel(self) -> str:
        names, shares = zip(*self.story.channels.items(), strict=True)
        return CHANNEL_CODES[self.rng.choices(names, shares)[0]]

    def _phone(self) -> str:
        digits = "".join(self.rng.choice("0123456789") for _ in range(8))
        return f"120{digits}" if self.rng.random() < 0.6 else f"0000-5551{digits[:3]}"

    # --- words ---

    def _fill(self, slot: Slot, text: str) -> str:
        hour = (self.story.t0.hour + slot.second // 3600) % 24

        def value(match: re.Match[str]) -> str:
            name = match.group(1)
            if name == "hour":
                return str(hour)
            if name == "fakephone":
                return self._phone()
            return self.rng.choice(self.story.slots[name])

        return _SLOT.sub(value, text)

    def _place(self, text: str) -> str | None:
        return next((name for name in self.story.places.local if name in text), None)

    def _text(
        self, slot: Slot, line: Line, lines: list[Line], *, reply: bool
    ) -> tuple[str, str | None, bool]:
        """Return text, place and whether an added clause asks."""
        rng, clauses = self.rng, self.story.clauses
        text = self._fill(slot, line.text)
        question = False
        alike = [
            x for x in lines if (x.claim, x.stance, x.help) == (line.claim, line.stance, line.help)
        ]
        other = rng.choice(alike)
        if rng.random() < 0.12 and other is not line and "{fakephone}" not in other.text:
            text = f"{text}，{self._fill(slot, other.text)}"
            question = other.question
        noise = slot.topic == "N_noise"
        if rng.random() < 0.35:
            after = rng.choice(clauses["after"])
            text, question = f"{text}，{after}", question or after.endswith("吗")
        elif rng.random() < 0.25 and not line.question:
            text += rng.choice(clauses["particles"])
        if rng.random() < 0.28:
            text = f"{rng.choice(clauses['before'])}，{text}"
        if reply and rng.random() < 0.5:
            text = rng.choice(clauses["reply"]) + text
        if not noise and not self._place(text) and rng.random() < 0.12:
            text = f"{self._fill(slot, rng.choice(clauses['places']))}，{text}"
        if self.far:
            text = self._moved_far(text)
        place = None if self.far else self._place(text)
        return self._worn(text, question=line.question, noise=noise), place, question

    def _worn(self, text: str, *, question: bool, noise: bool) -> str:
        """Return the text as thumbs type it: slips, cuts, marks, emoji, hashtags."""
        rng, clauses = self.rng, self.story.clauses
        if rng.random() < self.story.mix["dialect_or_typo"]:
            found = [word for word in self.story.typos if word in text]
            if found:
                word = rng.choice(found)
                text = text.replace(word, self.story.typos[word], 1)
        if len(text) > 24 and rng.random() < 0.04:
            text = text[: int(len(text) * 0.85)] + "…"
        elif question:
            text += rng.choice(("？", "？", "", "??", "？？"))
        else:
            text += rng.choice(clauses["ends"])
        if rng.random() < self.story.mix["emoji"]:
            text += rng.choice(clauses["emoji"]) * rng.choice((1, 1, 2, 3))
        if rng.random() < 0.12 and not (self.far or noise):
            tag = rng.choice(clauses["hashtags"])
            text = f"{tag}{text}" if rng.random() < 0.5 else f"{text} {tag}"
        return text

    def _almost(self, text: str) -> str:
        """Return the text with a small change, as people pass it on."""
        rng, clauses = self.rng, self.story.clauses
        text = rng.choice(clauses["forward"]) + text if rng.random() < 0.5 else text
        if rng.random() < 0.5:
            text = f"{text.rstrip('。！~…')}，{rng.choice(clauses['after'])}"
        return text + rng.choice((*clauses["emoji"], "！", "…", "。。", "!!"))

    def _moved_far(self, text: str) -> str:
        """Return the text with every name of the county replaced by the far place's."""
        for near, there in _FAR_NAMES.items():
            text = text.replace(near, there)
        for name in (*self.story.places.local, self.story.places.county, "澄川"):
            text = text.replace(name, self.story.places.far[0])
        if not any(name in text for name in self.story.places.far):
            text = f"{self.story.places.far[1]}这边，{text}"
        return text
