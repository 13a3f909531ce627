"""What lists of posts show, to whom, and at what price."""

from datetime import timedelta

from microfed.ids import id_at
from microfed.operations.members import add_member
from microfed.operations.posts import write_post
from microfed.operations.reactions import boost, like
from microfed.operations.saying import Draft
from microfed.queries.latest import latest_public_ids, tagged_ids
from microfed.queries.posts import load_posts
from microfed.queries.profiles import ids_by
from microfed.queries.threads import need_thread
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.polls import Poll, PollOption
from microfed.store.posts import Attachment, Bookmark, Post
from microfed.vocab.audience import Audience
from tests.counting import counted


def says(tx: Tx, author: Actor, source: str, *, to: Post | None = None, **more: object) -> Post:
    return write_post(tx, author=author, draft=Draft(source=source, in_reply_to=to, **more))  # type: ignore[arg-type]


def test_twenty_posts_cost_as_many_queries_as_one(tx: Tx) -> None:
    ada, bea = add_member(tx, name="ada"), add_member(tx, name="bea")
    posts = [says(tx, ada, f"one {n}") for n in range(10)]
    boosts = [boost(tx, actor=bea, post=post) for post in posts]
    tx.session.add(Attachment(id=id_at(tx.now), post_id=posts[0].id, description="A cat"))
    ids = [item.id for pair in zip(boosts, posts, strict=True) for item in pair]

    tx.flush()
    with counted(tx.connection) as seen:
        views = load_posts(tx, ids, Viewer(bea.id))

    assert len(seen) <= 6
    assert [view.entry_id for view in views] == ids
    assert [view.id for view in views] == [post.id for post in posts for _ in range(2)]
    assert views[0].boosted_by is not None
    assert views[0].boosted_by.username == "bea"
    assert views[1].boosted_by is None
    assert views[0].attachments[0].description == "A cat"
    assert views[0].url == f"https://here.test/@ada/{posts[0].id}"


def test_a_list_tells_what_whoever_looks_did(tx: Tx) -> None:
    ada, bea = add_member(tx, name="ada"), add_member(tx, name="bea")
    post = says(tx, ada, "hello")
    like(tx, actor=bea, post=post)
    boost(tx, actor=bea, post=post)
    tx.session.add(Bookmark(id=id_at(tx.now), actor_id=bea.id, post_id=post.id))
    tx.flush()

    (mine,) = load_posts(tx, [post.id], Viewer(bea.id))
    (anyones,) = load_posts(tx, [post.id], None)

    assert (mine.is_liked, mine.is_boosted, mine.is_bookmarked) == (True, True, True)
    assert (anyones.is_liked, anyones.is_boosted, anyones.is_bookmarked) == (False, False, False)


def test_a_list_leaves_out_what_may_not_be_seen_whatever_was_asked(tx: Tx) -> None:
    ada, bea = add_member(tx, name="ada"), add_member(tx, name="bea")
    near = says(tx, ada, "for us", audience=Audience.LOCAL)
    passed = boost(tx, actor=bea, post=says(tx, ada, "for all"))
    ada.suspended_at = tx.now
    tx.flush()

    assert load_posts(tx, [near.id, passed.id], None) == []
    assert load_posts(tx, [near.id, passed.id], Viewer(bea.id)) == []


def test_the_latest_are_public_posts_that_answer_nobody(tx: Tx) -> None:
    ada = add_member(tx, name="ada")
    first, second = says(tx, ada, "first #bread"), says(tx, ada, "second #bread")
    says(tx, ada, "an answer", to=first)
    says(tx, ada, "quiet #bread", audience=Audience.QUIET)

    assert latest_public_ids(tx, None, limit=10) == [second.id, first.id]
    assert latest_public_ids(tx, None, limit=10, before=second.id) == [first.id]
    assert tagged_ids(tx, None, tag="bread", limit=10) == [second.id, first.id]


def test_a_thread_is_read_from_any_of_its_posts(tx: Tx) -> None:
    ada, bea = add_member(tx, name="ada"), add_member(tx, name="bea")
    root = says(tx, ada, "who has a ladder?")
    one = says(tx, bea, "I do", to=root)
    two = says(tx, ada, "thanks", to=one)
    three = says(tx, bea, "me too", to=root)
    hidden = says(tx, bea, "@ada in secret", to=two, audience=Audience.PEOPLE)

    top, middle = need_thread(tx, None, root.id), need_thread(tx, None, two.id)

    assert [(depth, view.id) for depth, view in top.replies] == [
        (1, one.id),
        (2, two.id),
        (1, three.id),
    ]
    assert [view.id for view in middle.ancestors] == [root.id, one.id]
    assert middle.replies == []
    assert [view.id for _, view in need_thread(tx, Viewer(ada.id), two.id).replies] == [hidden.id]


def test_a_conversation_that_bites_its_tail_is_walked_once(tx: Tx) -> None:
    ada = add_member(tx, name="ada")
    one = says(tx, ada, "one")
    two = says(tx, ada, "two", to=one)
    one.in_reply_to_id = two.id
    tx.flush()

    thread = need_thread(tx, None, one.id)

    assert [view.id for view in thread.ancestors] == [two.id]
    assert thread.replies == []


def test_a_poll_shows_its_answers_and_the_votes_unless_they_are_kept(tx: Tx) -> None:
    ada = add_member(tx, name="ada")
    post = says(tx, ada, "tea or coffee?")
    post.kind = "question"
    poll = Poll(id=post.id, ends_at=tx.now + timedelta(hours=1), voters_count=3)
    tx.session.add(poll)
    tx.flush()
    for position, (title, votes) in enumerate((("tea", 2), ("coffee", 1))):
        option = PollOption(poll_id=post.id, position=position, title=title, votes_count=votes)
        tx.session.add(option)
    tx.flush()

    (shown,) = load_posts(tx, [post.id], None)
    poll.hides_totals = True
    tx.flush()
    (kept,) = load_posts(tx, [post.id], None)

    assert shown.poll is not None
    assert shown.poll.options == (("tea", 2), ("coffee", 1))
    assert (shown.poll.voters_count, shown.poll.is_over) == (3, False)
    assert kept.poll is not None
    assert kept.poll.options == (("tea", None), ("coffee", None))


def test_whoever_is_kept_off_the_lists_is_still_read_on_their_page(tx: Tx) -> None:
    ada = add_member(tx, name="ada")
    post = says(tx, ada, "hello #bread")
    ada.silenced_at = tx.now
    tx.flush()

    assert latest_public_ids(tx, None, limit=10) == []
    assert tagged_ids(tx, None, tag="bread", limit=10) == []
    assert ids_by(tx, ada.id, None, limit=10) == [post.id]
