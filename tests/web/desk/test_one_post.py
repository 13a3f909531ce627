"""Whoever looks after the place does something about a post from its own page."""

from microfed.store.posts import Post
from tests.web.conftest import Town, fill, send, sign_in


def post_of(town: Town, id_: int) -> Post | None:
    return town.change(lambda tx: tx.session.get(Post, id_))  # type: ignore[no-any-return]


async def test_a_post_is_veiled_and_taken_away_from_its_own_page(town: Town) -> None:
    ids = fill(town)
    await sign_in(town, "amel")
    page = await town.get(f"/posts/{ids['ladder']}")
    assert f"/desk/posts/{ids['ladder']}" in page.text

    veiled = await send(town, f"/desk/posts/{ids['ladder']}", deed="mark_post")
    again = await send(town, f"/desk/posts/{ids['ladder']}", deed="mark_post")
    nothing = await send(town, f"/desk/posts/{ids['ladder']}", deed="shout")
    found = post_of(town, ids["ladder"])
    gone = await send(town, f"/desk/posts/{ids['ladder']}", deed="remove_post")
    twice = await send(town, f"/desk/posts/{ids['ladder']}", deed="remove_post")

    said = [one.headers["location"].partition("?")[2] for one in (veiled, again, nothing)]
    assert said == ["said=done", "said=late", "said=wrong"]
    assert found is not None and found.is_sensitive
    assert gone.headers["location"].endswith("said=done")
    assert twice.headers["location"].endswith("said=gone")
    assert post_of(town, ids["ladder"]) is None


async def test_neighbours_have_no_such_page(town: Town) -> None:
    ids = fill(town)
    await sign_in(town, "leo")

    assert "/desk/posts/" not in (await town.get(f"/posts/{ids['ladder']}")).text
    assert (await town.get(f"/desk/posts/{ids['ladder']}")).status_code == 404
    refused = await send(town, f"/desk/posts/{ids['ladder']}", deed="remove_post")
    assert refused.status_code == 404 and post_of(town, ids["ladder"]) is not None


async def test_what_was_said_to_others_alone_is_nothing_for_the_desk(town: Town) -> None:
    ids = fill(town)
    await sign_in(town, "amel")

    page = await town.get(f"/desk/posts/{ids['private']}")
    tried = await send(town, f"/desk/posts/{ids['private']}", deed="remove_post")

    assert page.status_code == 404
    assert tried.headers["location"].endswith("said=gone")
    assert post_of(town, ids["private"]) is not None
