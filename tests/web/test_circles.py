"""Circles on the pages: made, filled, chosen where one writes, and let go."""

from sqlalchemy import select

from microfed.store.circles import Circle
from microfed.store.database import Tx
from microfed.store.posts import Post
from tests.web.conftest import Town, fill, send, sign_in
from tests.web.test_own_things import follow


def said_last(town: Town) -> Post:
    def work(tx: Tx) -> Post:
        found = tx.session.scalars(select(Post).order_by(Post.id.desc()).limit(1)).one()
        tx.session.expunge(found)
        return found

    post: Post = town.change(work)
    return post


async def test_a_circle_is_made_filled_and_spoken_in(town: Town) -> None:
    fill(town)
    follow(town, "leo", "bea")
    follow(town, "amel", "bea")
    await sign_in(town, "bea")
    assert "No circle yet" in (await town.get("/circles")).text

    # When Bea makes one and puts Leo in
    made = await send(town, "/circles", title="La chorale")
    path = made.headers["location"]
    (id_,) = town.change(lambda tx: tx.session.scalars(select(Circle.id)).all())
    assert path == f"/circles/{id_}"
    empty = await town.get(path)
    assert "Nobody yet." in empty.text and "Say something in this circle" not in empty.text
    await send(town, path, deed="put", who=str(town.people["leo"]))

    # Then it stands where one writes, by its name, and chosen if she came from there
    assert (
        f'<option value="circle-{id_}">My circle: La chorale</option>'
        in (await town.get("/home")).text
    )
    assert (
        f'<option value="circle-{id_}" selected>' in (await town.get(f"/write?circle={id_}")).text
    )
    await send(town, "/write", source="On répète jeudi", audience=f"circle-{id_}")
    post = said_last(town)
    assert post.audience == "circle"
    page = await town.get(f"/posts/{post.id}")
    assert "Seen by a circle of people alone." in page.text
    assert '<option value="circle" selected>A circle of people</option>' in page.text
    assert f"circle-{id_}" not in page.text

    # And Leo reads it and answers in it, and Amel does not
    await sign_in(town, "leo")
    assert "On répète jeudi" in (await town.get("/home")).text
    await send(town, "/write", source="J'y serai", audience="circle", answers=str(post.id))
    assert said_last(town).audience == "circle"
    await sign_in(town, "amel")
    assert "jeudi" not in (await town.get("/home")).text
    assert (await town.get(f"/posts/{post.id}")).status_code == 404
    assert (await town.get(path)).status_code == 404
    assert (await send(town, path, deed="put", who=str(town.people["amel"]))).status_code == 404


async def test_what_is_amiss_with_a_circle_is_said_and_nothing_typed_is_lost(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")
    assert "A circle needs a name" in (await send(town, "/circles", title=" ")).text
    path = (await send(town, "/circles", title="Vide")).headers["location"]

    page = await send(
        town, "/write", source="à qui ?", audience=path.replace("/circles/", "circle-")
    )

    # Nobody is in it: she is told so, and what was meant for few is offered to no more
    assert page.status_code == 422
    assert "Nobody is in this circle." in page.text and "à qui ?" in page.text
    assert " selected>My circle: Vide</option>" in page.text
    assert "circle-77" in (await send(town, "/write", source="à qui ?", audience="circle-77")).text
    assert (await send(town, path, deed="put", who=str(town.people["leo"]))).status_code == 404
    assert (await send(town, path, deed="change", title="x" * 101)).status_code == 422
    await send(town, path, deed="change", title="Les voisins")
    assert "Les voisins" in (await town.get(path)).text
    assert (await send(town, path, deed="drop")).headers["location"] == "/circles"
    assert (await town.get(path)).status_code == 404
