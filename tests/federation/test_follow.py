"""A follow, from one instance to another and back; and what then flows."""

from sqlalchemy import select

from microfed.store.posts import HomeEntry, Post
from tests.fediverse import Fediverse


async def test_a_follow_crosses_is_answered_and_posts_flow(fediverse: Fediverse) -> None:
    # Given Ada on one instance and Bea on another
    north, south = await fediverse.instance("north.test"), await fediverse.instance("south.test")
    ada, bea = north.add("ada"), south.add("bea")

    # When Ada follows Bea, and Bea then says something
    await ada.does({"type": "Follow", "object": bea.uri})
    await fediverse.settle()
    said = await bea.says("<p>Bonjour @ada@north.test</p>")
    await fediverse.settle()

    # Then both sides count the follow, and Ada's instance has the post in her home
    followers = (await south.get(f"{bea.uri}/followers?page=true")).json()
    assert followers["orderedItems"] == [ada.uri]
    following = (await north.get(f"{ada.uri}/following?page=true")).json()
    assert following["orderedItems"] == [bea.uri]
    with north.house.db.reading() as tx:
        posts = tx.connection.execute(
            select(Post.uri, Post.content)
            .join(HomeEntry, HomeEntry.post_id == Post.id)
            .where(HomeEntry.owner_id == ada.id)
        ).all()
    assert [post.uri for post in posts] == [said["object"]["id"]]
    assert fediverse.waiting(north) == fediverse.waiting(south) == {"received": 0, "deliveries": 0}
