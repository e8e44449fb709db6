"""Posts, visits and defects in a real database."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from core.database import reading, transaction
from core.vocabulary import VisitOutcome
from crawler import store
from crawler.folding import Folder
from crawler.records import HOTLINE, Counts, Defect, Post, Visit
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


def test_orders_with_equal_words_are_two_calls_and_no_copies(engine):
    """幸福小区[门牌]停水 is what masking leaves of many calls; a forum's equal words are copies."""
    calls = [post(f"{n}", channel=HOTLINE, fingerprint="f") for n in range(3)]
    copies = [post(f"{n}", source="forum", fingerprint="f") for n in range(2)]

    save(engine, *calls)
    with reading(engine) as session:
        folder = store.load_folder(session, NOON)
    save(engine, *copies, folder=folder)

    first = [one.duplicate_of for one in saved(engine)]
    assert first == [None, None, None, None, 4]


def test_the_same_input_twice_changes_nothing(engine):
    save(engine, POST, post("2"))
    before = saved(engine)

    again = save(engine, POST, post("2"), POST)

    assert (again.stored, again.known, again.edited) == ((), 3, ())
    assert saved(engine) == before


def test_an_id_twice_in_one_batch_is_stored_once(engine):
    result = save(engine, POST, replace(POST, text="第二次"))

    assert ([one.post.text for one in result.stored], result.known) == (["第二次"], 1)


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


# Edits, counters, copies and reposts

EDITED = replace(
    POST, text="东门停水,预计18时恢复", fingerprint="f1b", seen_at=NOON + timedelta(hours=1)
)


def versions(engine, key):
    with reading(engine) as session:
        return store.versions_of(session, key)


def test_an_edited_post_is_a_new_version_of_the_same_post(engine):
    save(engine, POST)

    result = save(engine, EDITED)

    assert [one.post.text for one in result.edited] == [EDITED.text]
    assert [(one.key, one.post.text, one.post.seen_at) for one in saved(engine)] == [
        (1, EDITED.text, NOON)
    ]
    assert versions(engine, 1) == [(EDITED.seen_at, POST.text)]


def test_a_wording_that_was_there_before_is_no_edit(engine):
    save(engine, POST)
    save(engine, EDITED)

    result = save(engine, POST)

    assert result.edited == ()
    assert saved(engine)[0].post.text == EDITED.text
    assert len(versions(engine, 1)) == 1


def test_counters_are_brought_up_to_date_and_zeros_tell_nothing(engine):
    save(engine, replace(POST, counts=Counts(1, 2, 3)), post("2", counts=Counts(5, 0, 0)))

    save(engine, replace(POST, counts=Counts(9, 9, 9)), post("2"))

    assert [one.post.counts for one in saved(engine)] == [Counts(9, 9, 9), Counts(5, 0, 0)]


def copies(engine, *keys):
    with reading(engine) as session:
        return store.copies_of(session, keys)


def test_forty_copies_are_one_item_with_a_count_and_its_outlets(engine):
    text = "澄川县城东片区今日10时起停水抢修,请做好储水准备"
    told = [
        replace(post(str(n), text=f"{text}{'!' * (n % 3)}"), source=f"报{n % 4}") for n in range(40)
    ]

    save(engine, *told, post("other", text="城西路口发生两车追尾,请绕行"))

    assert copies(engine, 1, 41) == {
        1: store.Copies(40, ("报0", "报1", "报2", "报3")),
        41: store.Copies(1, ("s",)),
    }


def test_a_repost_without_a_word_is_a_copy_of_what_it_passes_on(engine):
    first = post("1", text="北桥桥面进水")
    other = post("2", text="南站停运")
    bare = [
        post(str(n), text="转发微博", fingerprint="same", repost_of="1" if n < 20 else "2")
        for n in range(10, 30)
    ]

    save(engine, first, other, *bare)

    assert [copies(engine, 1, 2)[key].count for key in (1, 2)] == [11, 11]


def test_a_repost_that_came_before_its_original_becomes_its_copy(engine):
    save(engine, post("9", text="转发微博", repost_of="1"))
    alone = saved(engine)[0].duplicate_of

    save(engine, post("1", text="北桥桥面进水"))

    assert alone is None
    assert [(one.parent, one.duplicate_of) for one in saved(engine)] == [(2, 2), (None, None)]


def test_many_reposts_that_came_before_their_originals_become_their_copies(engine):
    save(
        engine,
        post("8", text="转发微博", repost_of="1"),
        post("9", text="转发微博", repost_of="2"),
        post("10", text="我看到的不一样", repost_of="2"),
    )

    save(engine, post("1", text="北桥桥面进水"), post("2", text="南站停运"))

    assert [(one.parent, one.duplicate_of) for one in saved(engine)] == [
        (4, 4), (5, 5), (5, None), (None, None), (None, None)
    ]  # fmt: skip


def test_a_repost_with_words_of_its_own_stands_for_itself(engine):
    save(engine, post("1", text="北桥桥面进水"))

    save(engine, post("9", text="我刚从那边过来,水到膝盖了", repost_of="1"))

    assert [(one.parent, one.duplicate_of) for one in saved(engine)] == [(None, None), (1, None)]
