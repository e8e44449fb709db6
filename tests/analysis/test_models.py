import gzip
import json
import random
import shutil
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from analysis import (
    checkworthy,
    concerns,
    emotion,
    evaluate,
    evaluate_emotion,
    evaluate_grouping,
    evaluate_kinds,
    sorting,
    stance,
    train,
    unseen,
)
from analysis.checkworthy import CheckScorer
from analysis.emotion import EmotionScorer
from analysis.figures import Measure, b_cubed_f1, b_cubed_precision, macro_f1
from analysis.floors import rewrite
from analysis.models import artifacts
from analysis.segment import lexicon_segmenter
from analysis.train_sorting import read_written
from core.errors import HuiyingError

MODELS = (checkworthy.MODEL, concerns.MODEL, emotion.MODEL, sorting.MODEL, stance.MODEL)
SHIPPED = Path(str(files("analysis.models")))
RUMOURS = ("听说", "网传", "群里说", "求证", "扩散", "速转", "千万别")
ORDINARY = ("今天", "推荐", "好吃", "电影", "分享", "周末", "早安")
ACCIDENTS = {
    "earthquake": "地震",
    "fire": "火灾",
    "traffic_accident": "车祸",
    "food_poisoning": "食物中毒",
    "terrorist_attack": "袭击",
}
FEELINGS = {
    "happy": "开心",
    "angry": "愤怒",
    "sad": "难过",
    "fear": "害怕",
    "surprise": "竟然",
    "neutral": "通知",
}


def test_shipped_models_are_whole_and_small() -> None:
    for name in MODELS:
        assert artifacts.load(name)
        assert (SHIPPED / f"{name}.npz").stat().st_size < 1_500_000


def test_shipped_weights_hold_numbers_only() -> None:
    for name in MODELS:
        assert {array.dtype.kind for array in artifacts.load(name).values()} <= {"f", "i"}


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_a_card_that_says_what_it_is_and_is_not_for(name: str) -> None:
    card = artifacts.card(name)

    for heading in ("## Data and terms", "## Measures", "## Limits", "## Not to be used for"):
        assert heading in card


@pytest.mark.parametrize("name", MODELS)
def test_a_changed_byte_is_refused_with_file_and_digest(name: str, tmp_path: Path) -> None:
    for file in (f"{name}.npz", artifacts.MANIFEST):
        shutil.copy(SHIPPED / file, tmp_path)
    content = bytearray((tmp_path / f"{name}.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / f"{name}.npz").write_bytes(content)

    with pytest.raises(HuiyingError, match=rf"{name}\.npz: SHA-256 is [0-9a-f]{{64}}, but"):
        artifacts.load(name, tmp_path)


def test_an_absent_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(HuiyingError, match=r"checkworthy\.npz: no such model"):
        artifacts.load("checkworthy", tmp_path)


def test_equal_arrays_are_equal_bytes(tmp_path: Path) -> None:
    arrays = {"b": np.arange(5), "a": np.ones(3)}

    first = artifacts.save("m", arrays, tmp_path / "one")
    second = artifacts.save("m", dict(reversed(arrays.items())), tmp_path / "two")

    assert first == second
    assert artifacts.load("m", tmp_path / "one")["b"].tolist() == [0, 1, 2, 3, 4]


def write_lines(file: Path, records: list[dict[str, object]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    if file.suffix == ".gz":
        file.write_bytes(gzip.compress(lines.encode()))
    else:
        file.write_text(lines, encoding="utf-8")


def post(draw: random.Random, number: int, *, replies: bool) -> dict[str, object]:
    rumour = number % 2 == 0
    record: dict[str, object] = {
        "text": "".join(draw.choices(RUMOURS if rumour else ORDINARY, k=6)) + f"第{number}条",
        "label": "rumour" if rumour else "non_rumour",
        "fold": number % 5,
        "cluster": f"c{number}",
    }
    if replies:
        word = "真的吗" if rumour else "不错"
        record["replies"] = [
            {"text": f"{word}{n}", "seconds_after": seconds}
            for n, seconds in enumerate((30, 2000, None, 20_000))
        ]
    return record


def some_text(draw: random.Random) -> str:
    """Ideographs at random: no two reports are alike."""
    return "".join(chr(draw.randrange(0x5000, 0x9000)) for _ in range(12))


@pytest.fixture
def written_sets(tmp_path: Path) -> Path:
    """A small folder of labelled sets, written here, in the layout of docs/models.md."""
    draw = random.Random(5)  # noqa: S311 - a fixed set of texts, not a secret
    data = tmp_path / "sets"
    write_lines(data / train.CED, [post(draw, n, replies=True) for n in range(60)])
    write_lines(data / train.WEIBO16, [post(draw, n, replies=False) for n in range(30)])
    domains = ("医药健康", "灾难事故", "社会生活", "政治")
    write_lines(
        data / unseen.WEIBO21,
        [
            {**post(draw, n, replies=False), "domain": domains[n // 2 % 4], "cluster": f"w{n}"}
            for n in range(200)
        ],
    )
    write_lines(data / unseen.CHECKED, [post(draw, n, replies=True) for n in range(40)])
    feelings: list[dict[str, object]] = [
        {"text": f"{word}{draw.choice(ORDINARY)}{n}", "label": label}
        for label, word in FEELINGS.items()
        for n in range(12)
    ]
    write_lines(
        data / evaluate.COPIES,
        [{"text": word * 6 + "！" * copy, "group": word} for word in RUMOURS for copy in range(2)],
    )
    write_lines(
        data / "written" / "posts_a.jsonl",
        [
            {
                "text": f"{draw.choice(RUMOURS if n % 2 else ORDINARY)}{n}{'吗' if n % 3 else ''}",
                "question": int(n % 3 > 0),
                "help": int(n % 5 == 0),
                "about": "rain_flood" if n % 2 else "none",
                "concern": ("none", "cause", "help", "warning")[n % 4],
            }
            for n in range(200)
        ],
    )
    replies = {"enquiry": "真的吗", "denial": "假的", "support": "我也看到了", "other": "平安"}
    write_lines(
        data / "written" / "stance_a.jsonl",
        [
            {"claim": f"停水{n % 10}天", "text": f"{text}{n}", "label": label}
            for n in range(40)
            for label, text in replies.items()
        ],
    )
    names = {new: old for old, new in reversed(train.WEIBO8_NAMES.items())}
    for file in (train.EMOTION_TRAIN, train.EMOTION_DEV, train.EMOTION_USUAL):
        write_lines(data / file, feelings)
    write_lines(data / train.WEIBO8, [{**f, "label": names[str(f["label"])]} for f in feelings])
    for name in evaluate_emotion.REVIEWS.values():
        write_lines(
            data / name,
            [
                {"text": f"{FEELINGS['happy' if n % 2 else 'angry']}{n}", "label": label}
                for n in range(20)
                for label in ["positive" if n % 2 else "negative"]
            ],
        )
    write_lines(
        data / evaluate_kinds.REPORTS,
        [
            {"title": f"{word}{n}", "text": word + some_text(draw), "label": label}
            for label, word in ACCIDENTS.items()
            for n in range(6)
        ],
    )
    write_lines(
        data / evaluate_grouping.CRISES,
        [
            {"text": f"{event} {word} [链接]", "event": event, "time": n}
            for n, word in enumerate(("rescue", "water", "homes", "help"))
            for event in ("flood in Alberta", "train crash near Santiago")
        ],
    )
    write_lines(
        data / evaluate_grouping.HASHTAGS,
        [{"text": f"{word * 4}第{n}", "group": word} for word in RUMOURS for n in range(3)],
    )
    return data


def test_training_twice_gives_the_same_bytes_and_models_that_work(
    written_sets: Path, tmp_path: Path
) -> None:
    told: list[str] = []
    for out in ("one", "two"):
        train.train(
            written_sets, tmp_path / out, progress=told.append, written=written_sets / "written"
        )

    for file in (*(f"{name}.npz" for name in MODELS), artifacts.MANIFEST):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    cut = lexicon_segmenter().words
    check = CheckScorer(artifacts.load(checkworthy.MODEL, tmp_path / "one"))
    texts = ["网传求证扩散速转", "周末推荐好吃电影"]
    high, low = check.score_texts(texts, [cut(t) for t in texts], [None, None])
    assert high.score > low.score + 0.1
    feeling = EmotionScorer(artifacts.load(emotion.MODEL, tmp_path / "one"))
    assert feeling.score_words([cut("害怕周末")])[0].emotion == "fear"
    assert told


def test_a_line_that_is_no_written_post_is_named(tmp_path: Path) -> None:
    (tmp_path / "posts_x.jsonl").write_text('{"text": "停水"}\n', encoding="utf-8")

    with pytest.raises(HuiyingError, match=r"posts_x\.jsonl:1: no written post"):
        read_written(tmp_path)


def test_training_without_a_set_names_it(tmp_path: Path) -> None:
    with pytest.raises(HuiyingError, match=r"ced\.jsonl\.gz: not found; docs/models\.md"):
        train.train(tmp_path, tmp_path / "out", progress=lambda _: None)


def test_evaluation_measures_every_figure_on_unseen_posts(written_sets: Path) -> None:
    gold = Path(__file__).parent / "gold"
    measures = {m.name: m for m in evaluate.evaluate(written_sets, gold=gold)}

    floors = set(json.loads(FLOORS.read_text(encoding="utf-8")))
    # Series of counts are no posts: tests/analysis/test_evaluate_bursts.py.
    assert set(measures) == {n for n in floors if not n.startswith(("rises_", "spikes_"))}
    assert measures["segmentation_identity"].value == 1.0
    assert measures["copies_pair_precision"].value == 1.0
    assert measures["check_text_auroc"].value > 0.9
    assert measures["check_text_auroc"].n == 60
    assert measures["incident_type_macro_f1"].value > 0.9
    assert measures["incident_type_lexicon_macro_f1"].value > 0.9
    assert measures["polarity_waimai_macro_f1"].value > 0.9
    assert measures["crises_b_cubed_f1"].value > 0.9
    assert measures["hashtags_claims_b_cubed_precision"].value > 0.9
    assert all(-1 <= m.value <= 1 and len(m.digest) == 64 for m in measures.values())


@pytest.mark.parametrize(
    ("part", "file"),
    [
        (evaluate_emotion, evaluate_emotion.REVIEWS["waimai"]),
        (evaluate_kinds, evaluate_kinds.REPORTS),
        (evaluate_grouping, evaluate_grouping.CRISES),
        (evaluate_grouping, evaluate_grouping.HASHTAGS),
    ],
)
def test_an_absent_set_is_told_and_not_measured(
    part: ModuleType, file: str, written_sets: Path
) -> None:
    (written_sets / file).unlink()
    told: list[str] = []

    names = {m.name for m in part.measures(written_sets, told.append)}

    assert any(f"{file} is not there, so it is not measured" in line for line in told)
    assert names < set(json.loads(FLOORS.read_text(encoding="utf-8")))


def test_groups_are_forgotten_after_a_long_silence() -> None:
    texts = ["flood in Alberta", "flood near Alberta", "flood in Alberta"]
    late = evaluate_grouping.IDLE_S * 2

    assert evaluate_grouping.pool(texts, [0, 60, 120]) == [0, 0, 0]
    assert evaluate_grouping.pool(texts, [0, 60, 60 + late]) == [0, 0, 2]


def test_like_reports_of_one_accident_share_a_fold() -> None:
    row = {"title": "城东大火", "text": "城东一处厂房昨夜起火，消防赶到现场扑救，无人受伤。"}
    other = {"title": "两车相撞", "text": "今晨北郊路口一辆货车与客车相撞，五人轻伤送医。"}

    folds = evaluate_kinds.folds_of([row, other, {**row, "title": "厂房昨夜大火"}])

    assert folds[0] == folds[2] != folds[1]


def test_polarity_is_read_off_the_strongest_feeling() -> None:
    margins = np.full((4, 6), -1.0)
    for row, feeling in enumerate(("happy", "fear", "neutral", "surprise")):
        margins[row, list(FEELINGS).index(feeling)] = 1.0
    margins[3, list(FEELINGS).index("happy")] = 0.0

    assert evaluate_emotion.of_three(margins).tolist() == [2, 0, 1, 2]
    assert evaluate_emotion.of_two(margins)[[0, 1, 3]].tolist() == [2, 0, 2]


@pytest.mark.parametrize(
    ("true", "told", "precision", "f1"),
    [
        ("aabb", "xxyy", 1.0, 1.0),
        ("aabb", "xxxx", 0.5, 2 / 3),
        ("aabb", "wxyz", 1.0, 2 / 3),
    ],
)
def test_b_cubed_counts_each_post_by_its_own_group(
    true: str, told: str, precision: float, f1: float
) -> None:
    assert b_cubed_precision(true, told) == pytest.approx(precision)
    assert b_cubed_f1(true, told) == pytest.approx(f1)


def test_posts_of_politics_and_copies_of_training_posts_are_no_unseen_ones(
    written_sets: Path,
) -> None:
    rows = list(train.read_lines(written_sets / unseen.WEIBO21))
    write_lines(written_sets / unseen.WEIBO21, [{**r, "cluster": "c0"} for r in rows[:40]] + rows)

    scorer = checkworthy.load_check_scorer()
    parts = {p.name: p for p in unseen.score_unseen(written_sets, scorer, lambda _: None)}

    assert len(parts["unseen_weibo21"].labels) == 150
    assert len(parts["unseen_health"].labels) == 50
    assert len(parts["unseen_outbreak_1h"].labels) == 40


@pytest.mark.parametrize("data", [None, Path("absent")])
def test_evaluation_without_data_says_where_to_get_it(data: Path | None) -> None:
    with pytest.raises(HuiyingError, match=r"docs/models\.md says where"):
        evaluate.evaluate(data)


FLOORS = Path(__file__).parent / "floors.json"


def made_up(value: float = 0.95, digest: str = "d" * 64, name: str = "auroc") -> Measure:
    return Measure(name=name, value=value, floor=None, n=100, digest=digest, noise=0.01)


@pytest.fixture
def floors(tmp_path: Path) -> Path:
    file = tmp_path / "floors.json"
    rewrite(file, [made_up()])
    return file


def test_a_floor_is_the_first_figure_minus_twice_its_noise(floors: Path) -> None:
    assert json.loads(floors.read_text(encoding="utf-8"))["auroc"]["floor"] == pytest.approx(0.93)


@pytest.mark.parametrize(
    ("measures", "complaint"),
    [
        ([made_up()], None),
        ([made_up(0.9301)], None),
        ([made_up(), made_up(name="another")], None),
        ([made_up(0.9299)], "auroc: 0.9299 is below its floor of 0.93"),
        ([made_up(float("nan"))], "auroc: nan is below its floor of 0.93"),
        ([made_up(digest="e" * 64)], "auroc: measured on other data"),
        ([made_up(name="another")], "auroc: not measured"),
        ([], "auroc: not measured"),
    ],
)
def test_floors_hold_or_say_why_not(
    measures: list[Measure], complaint: str | None, floors: Path
) -> None:
    failures = evaluate.check_floors(measures, floors)

    if complaint is None:
        assert failures == []
    else:
        assert len(failures) == 1
        assert failures[0].startswith(complaint)


def test_the_floors_are_not_under_what_was_promised() -> None:
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))

    assert floors["check_text_auroc"]["measured"] >= 0.92
    assert floors["check_1h_auroc"]["measured"] >= 0.95
    assert floors["segmentation_identity"]["floor"] >= 0.9999
    assert floors["emotion_virus_macro_f1"]["measured"] >= 0.58
    assert floors["emotion_usual_macro_f1"]["measured"] >= 0.60
    assert floors["incident_type_macro_f1"]["measured"] >= 0.92
    assert floors["crises_b_cubed_f1"]["floor"] >= 0.529
    assert floors["crises_ami"]["floor"] >= 0.696


@pytest.mark.parametrize(
    ("labels", "scores", "area"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], 1.0),
        ([1, 0], [0.1, 0.2], 0.0),
        ([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5], 0.5),
        ([0, 1, 1], [0.3, 0.3, 0.9], 0.75),
    ],
)
def test_area_under_roc_counts_ties_half(
    labels: list[int], scores: list[float], area: float
) -> None:
    assert evaluate.area_under_roc(np.array(labels), np.array(scores)) == pytest.approx(area)


def test_precision_is_taken_at_the_shortest_list_with_enough_recall() -> None:
    labels = np.array([1, 0, 1, 1, 1, 1, 0])
    scores = np.arange(7, 0, -1.0)

    assert evaluate.precision_at_recall(labels, scores) == pytest.approx(4 / 5)


def test_macro_f1_counts_every_class_alike() -> None:
    assert macro_f1(np.array([0, 0, 1]), np.array([0.0, 0.0, 0.0])) == pytest.approx(0.4)
