"""Posts, visits and defects in a real database."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from core.database import reading, transaction
from core.vocabulary import VisitOutcome
from crawler import store
from crawler.folding import Folder
from crawler.records import Defect, Post, Visit
from crawler.tables import DefectRow, PostRow
from tests.crawler.conftest import NOON

POST = Post(
    source="s",
    post_id="1",
    url="https://a.example/1",
    published_at=NOON,
    seen_at=NOON,
    channel="forum",
    text="东门停水了",
    voice="v1",
    fingerprint="f1",
)


def post(post_id, **changes):
    return replace(POST, post_id=post_id, **({"fingerprint": f"f{post_id}"} | changes))


def save(engine, *posts, folder=None):
    with transaction(engine) as session:
        return store.save_posts(session, posts, folder or Folder())


def saved(engine):
    with reading(engine) as session:
        return list(store.all_posts(session))


def test_a_post_comes_back_as_it_was_stored(engine):
    result = save(engine, POST)

    assert [one.post for one in saved(engine)] == [POST]
    assert saved(engine) == list(result.stored)


def test_the_same_input_twice_changes_nothing(engine):
    save(engine, POST, post("2"))
    before = saved(engine)

    again = save(engine, replace(POST, text="改过的文字"), post("2"), POST)

    assert (again.stored, again.known) == ((), 3)
    assert saved(engine) == before


def test_an_id_twice_in_one_batch_is_stored_once(engine):
    result = save(engine, POST, replace(POST, text="第二次"))

    assert ([one.post.text for one in result.stored], result.known) == ([POST.text], 1)


def test_the_same_id_of_two_sources_is_two_posts(engine):
    assert len(save(engine, POST, replace(POST, source="t")).stored) == 2


def test_a_reply_finds_its_parent_in_the_same_source_only(engine):
    result = save(engine, POST, post("2", reply_to="1"), post("3", source="t", reply_to="1"))

    assert [one.parent for one in result.stored] == [None, result.stored[0].key, None]


def test_a_parent_that_arrives_later_is_filled_in(engine):
    reply = save(engine, post("2", repost_of="1")).stored[0]
    parent = save(engine, POST).stored[0]

    assert [one.parent for one in saved(engine)] == [parent.key, None]
    assert reply.parent is None


def test_an_answer_to_itself_has_no_parent(engine):
    assert save(engine, post("1", reply_to="1")).stored[0].parent is None
    save(engine, post("9"))
    assert [one.parent for one in saved(engine)] == [None, None]


def test_duplicates_name_the_first_also_after_a_restart(engine):
    first = save(engine, post("1", fingerprint="same")).stored[0]
    with reading(engine) as session:
        folder = store.load_folder(session, NOON - timedelta(days=3))

    second = save(engine, post("2", fingerprint="same"), folder=folder).stored[0]

    assert second.duplicate_of == first.key


def test_posts_after_a_key_come_in_key_order(engine):
    save(engine, *(post(str(n)) for n in range(1, 8)))
    with reading(engine) as session:
        assert [one.key for one in store.posts_after(session, 2, 3)] == [3, 4, 5]
        assert store.known_urls(session, "s") == {"https://a.example/1"}


def test_many_posts_are_stored_in_one_batch(engine):
    result = save(engine, *(post(str(n), reply_to=str(n - 1)) for n in range(2_500)))

    assert len(result.stored) == 2_500
    assert sum(one.parent is not None for one in result.stored) == 2_499
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(PostRow)) == 2_500


def test_visits_and_defects_come_back(engine):
    visit = Visit("s", NOON, NOON, VisitOutcome.REFUSED, "被拒绝（403）", 0, 0, 0)
    defect = Defect("s", "file:3", "键重复", NOON)
    with transaction(engine) as session:
        store.save_visit(session, visit)
        store.save_defects(session, [defect, defect])
        store.save_defects(session, [defect, replace(defect, location="file:4")])
        store.save_defects(session, [])

    hour = timedelta(hours=1)
    with reading(engine) as session:
        assert store.visits_between(session, NOON, NOON + hour) == [visit]
        assert store.visits_between(session, NOON - hour, NOON) == []
        assert store.defect_counts(session, NOON, NOON + hour) == {"s": 2}
        assert session.scalar(select(func.count()).select_from(DefectRow)) == 2
