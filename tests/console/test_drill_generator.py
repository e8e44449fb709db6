import hashlib
import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from console.drill import generator, planning
from console.drill.generator import Drill, generate, posts_jsonl
from console.drill.scenario import Scenario, load_scenario, minutes

STORY = load_scenario()
SEEDS = (20310617, 7, 1998)


@pytest.fixture(scope="module")
def drills() -> dict[int, Drill]:
    return {seed: generate(seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def drill(drills: dict[int, Drill]) -> Drill:
    return drills[20310617]


def at(post: dict) -> float:
    """Minutes after T0."""
    return (datetime.fromisoformat(post["published_at"]) - STORY.t0).total_seconds() / 60


def hourly(drill: Drill, topic: str) -> tuple[int, ...]:
    hours = Counter(int(at(p) // 60) for p in drill.posts if drill.labels[p["id"]].topic == topic)
    return tuple(hours[hour] for hour in range(36))


def on_claim(drill: Drill, claim: str) -> list[dict]:
    return [post for post in drill.posts if drill.labels[post["id"]].claim_id == claim]


@pytest.mark.parametrize("topic", STORY.topics, ids=lambda topic: topic.id)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_hour_of_every_topic_has_its_exact_count(drills, seed, topic) -> None:
    assert hourly(drills[seed], topic.id) == topic.hourly


@pytest.mark.parametrize("seed", SEEDS)
def test_posts_are_5000_in_publication_order_with_unique_ids(drills, seed) -> None:
    posts = drills[seed].posts

    assert len(posts) == 5000 == len({post["id"] for post in posts})
    assert [at(post) for post in posts] == sorted(at(post) for post in posts)
    assert drills[seed].labels.keys() == {post["id"] for post in posts}


@pytest.mark.parametrize("seed", SEEDS)
def test_at_least_3000_texts_are_distinct(drills, seed) -> None:
    assert len({post["text"] for post in drills[seed].posts}) >= 3000


@pytest.mark.parametrize("seed", SEEDS)
def test_no_gate_is_broken_by_exact_post_time(drills, seed) -> None:
    broken = []
    for post in drills[seed].posts:
        topic, _, number = drills[seed].labels[post["id"]].line.partition("/")
        if number:
            line = STORY.lines[topic][int(number)]
            if not line.start <= at(post) < line.end:
                broken.append((line.text, at(post)))

    assert broken == []


@pytest.mark.parametrize(
    ("words", "opens"),
    [
        ("86.42", "10:05"),
        ("86.48", "11:00"),
        ("942", "08:30"),
        ("5550126", "11:00"),
        ("5550162", "10:35"),
        ("泵站", "05:55"),
        ("溃坝", "08:40"),
        ("垮坝", "08:40"),
        ("一家三口", "09:10"),
        ("停水三天", "15:40"),
        ("白菜", "15:30"),
        ("1806", "18:00"),
        ("桥断", "22:30"),
        ("视频是外省", "09:05"),
    ],
)
def test_nobody_knows_of_a_thing_before_it_is_told(drill, words, opens) -> None:
    first = min((at(post) for post in drill.posts if words in post["text"]), default=None)

    assert first is not None
    assert first >= minutes(opens)


def test_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    digests = [hashlib.sha256(posts_jsonl(generate(seed))).hexdigest() for seed in (5, 5, 6)]

    assert digests[0] == digests[1] != digests[2]


def test_files_hold_posts_and_labels_apart(drill, tmp_path: Path) -> None:
    generator.write_posts(drill, tmp_path / "posts.jsonl")
    generator.write_labels(drill, tmp_path / "labels.jsonl")

    posts = [json.loads(x) for x in (tmp_path / "posts.jsonl").read_text("utf-8").splitlines()]
    labels = [json.loads(x) for x in (tmp_path / "labels.jsonl").read_text("utf-8").splitlines()]

    assert set(posts[0]) == {
        *("id", "url", "published_at", "channel", "text", "reply_to", "repost_of"),
        *("counts", "issuer", "author"),
    }
    assert {label["id"] for label in labels} == {post["id"] for post in posts}


@pytest.mark.parametrize("seed", SEEDS)
def test_authors_are_many_and_none_posts_more_than_forty_times(drills, seed) -> None:
    counts = Counter(post["author"] for post in drills[seed].posts if not post["issuer"])

    assert len(counts) == generator.DISTINCT_AUTHORS
    assert max(counts.values()) <= generator.MOST_POSTS_PER_AUTHOR


@pytest.mark.parametrize("seed", SEEDS)
def test_copies_replies_and_private_strings_have_their_shares(drills, seed) -> None:
    drill = drills[seed]
    copies = sum(label.dup_of is not None for label in drill.labels.values())
    replies = sum(post["reply_to"] is not None for post in drill.posts)
    phones = sum(bool(re.search(r"120\d{8}|0000-5551\d", p["text"])) for p in drill.posts)
    ids = sum(bool(re.search(r"(?<!\d)\d{18}(?!\d)", p["text"])) for p in drill.posts)

    assert copies == 1350
    assert 1390 <= replies <= 1410
    assert phones == 60
    assert ids == 1
    assert 5000 - len({post["text"] for post in drill.posts}) == 600


def test_replies_and_copies_follow_a_post_of_the_same_topic(drill) -> None:
    known: dict[str, str] = {}
    for post in drill.posts:
        label = drill.labels[post["id"]]
        for earlier in (post["reply_to"], post["repost_of"], label.dup_of):
            assert earlier is None or known[earlier] == label.topic
        known[post["id"]] = label.topic


@pytest.mark.parametrize("seed", SEEDS)
def test_complaint_about_the_pump_is_told_by_five_people_within_35_minutes(drills, seed) -> None:
    start = minutes("05:55")
    early = [p for p in on_claim(drills[seed], "CL02") if start <= at(p) < start + 35]

    assert at(on_claim(drills[seed], "CL02")[0]) == start
    assert len({post["author"] for post in early}) >= 5


@pytest.mark.parametrize("seed", SEEDS)
def test_rumour_begins_at_2240_and_is_told_eight_times_in_twenty_minutes(drills, seed) -> None:
    posts = on_claim(drills[seed], "CL01")
    early = [post for post in posts if at(post) < minutes("09:00")]
    asked = [p for p in early if drills[seed].labels[p["id"]].stance == "enquiry"]

    assert at(posts[0]) == minutes("08:40")
    assert len(early) == 8 == len({post["author"] for post in early})
    assert len(asked) == 3
    assert at(asked[0]) >= minutes("08:52")


@pytest.mark.parametrize("seed", SEEDS)
def test_belief_and_enquiry_about_the_dam_follow_their_row(drills, seed) -> None:
    drill = drills[seed]
    believing = Counter(
        int(at(post) // 60)
        for post in on_claim(drill, "CL01")
        if drill.labels[post["id"]].stance in {"support", "enquiry"}
    )

    assert tuple(believing[hour] for hour in range(36)) == STORY.belief_hourly


@pytest.mark.parametrize(
    ("group", "start", "end", "least"),
    [("wrong_phone", "10:48", "10:58", 8), ("shelter_full", "11:20", "12:00", 12)],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_scenes_bring_their_posts_in_time(drills, seed, group, start, end, least) -> None:
    lines = {f"E_help/{x.number}" for x in STORY.lines["E_help"] if x.group == group}
    inside = [
        post
        for post in drills[seed].posts
        if drills[seed].labels[post["id"]].line in lines
        and minutes(start) <= at(post) <= minutes(end)
    ]

    assert len({post["author"] for post in inside}) >= least


def test_official_posts_stand_at_their_minute_under_their_unit(drill) -> None:
    official = {post["id"]: post for post in drill.posts if post["issuer"]}

    assert official.keys() == {each.id for each in STORY.statements}
    assert all(at(official[each.id]) == each.at for each in STORY.statements)
    assert official["X01"]["issuer"] == "donghe"
    assert sum(post["reply_to"] == "X01" for post in drill.posts) >= 25


def topics_of(drill: Drill) -> set[str]:
    return {label.topic for label in drill.labels.values()}


def test_silent_variant_has_no_official_post_and_no_share_of_one() -> None:
    drill = generate(variant="silent")

    assert not any(post["issuer"] for post in drill.posts)
    assert planning.OFFICIAL not in topics_of(drill)
    assert not any("86.42" in post["text"] for post in drill.posts)


def test_fast_variant_clears_up_four_hours_later_and_nothing_decays_before() -> None:
    drill = generate(variant="fast")
    clarification = next(post for post in drill.posts if post["id"] == "S04")
    rumour = hourly(drill, planning.RUMOUR)

    assert at(clarification) == minutes("14:05")
    assert rumour[10:14] == (150,) * 4
    assert rumour[14] == 200
    assert min(at(p) for p in drill.posts if "86.42" in p["text"]) >= minutes("14:05")


def test_lying_official_variant_denies_four_times() -> None:
    drill = generate(variant="lying-official")
    denials = [post for post in drill.posts if post["id"].startswith("X01")]

    assert len({post["issuer"] for post in denials}) == 4


def test_flood_variant_adds_ten_copies_by_the_same_account() -> None:
    drill, calm = generate(variant="flood"), generate()
    texts = Counter(post["text"] for post in drill.posts)
    calm_texts = Counter(post["text"] for post in calm.posts)
    more = {text: count - calm_texts[text] for text, count in texts.items()}

    assert [count for count in more.values() if count] == [10]
    assert {p["author"] for p in drill.posts} == {p["author"] for p in calm.posts}


def test_quiet_variant_is_noise_alone() -> None:
    assert topics_of(generate(variant="quiet")) == {"N_noise"}


def test_other_county_variant_names_no_place_of_this_county() -> None:
    drill = generate(variant="other-county")

    named = [p["text"] for p in drill.posts for name in STORY.places.local if name in p["text"]]

    assert named == []
    assert not any(post["issuer"] for post in drill.posts)
    assert all(any(far in post["text"] for far in STORY.places.far) for post in drill.posts)


def test_too_many_fixed_posts_in_an_hour_are_refused() -> None:
    crowded = Scenario(
        **{name: getattr(STORY, name) for name in Scenario.__slots__}
        | {
            "topics": tuple(t for t in STORY.topics if t.id == planning.COMPLAINT),
            "scenes": STORY.scenes * 3,
        }
    )

    with pytest.raises(ValueError, match="C_pump_fault hour 7"):
        planning.plan(crowded, Random(1))  # noqa: S311
