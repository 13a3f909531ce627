"""Quoting in the browser: what one quotes is shown, and its author may say no."""

import pytest
from sqlalchemy import select

from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.web.conftest import Town, fill, send, sign_in

pytestmark = pytest.mark.anyio


def by_source(town: Town, source: str) -> int:
    """Return the id of a post by what was typed."""
    query = select(Post.id).where(Post.source == source)
    return int(town.change(lambda tx: tx.connection.scalar(query)))


async def test_a_post_is_quoted_and_stands_under_the_words(town: Town) -> None:
    # Given a post that anyone may quote
    said = fill(town)
    await sign_in(town, "amel")
    ladder = await town.get(f"/posts/{said['ladder']}")
    assert f'href="/write?quotes={said["ladder"]}"' in ladder.text

    # When a member quotes it
    form = await town.get(f"/write?quotes={said['ladder']}")
    assert "You quote" in form.text and "Qui me prête" in form.text
    fields = {"source": "Voyez plutôt", "audience": "public", "quotes": str(said["ladder"])}
    answer = await send(town, "/write", **fields)

    # Then it stands under their words, for everyone
    assert answer.status_code == 303
    (mine,) = town.change(
        lambda tx: tx.session.scalars(select(Post).where(Post.quote_of_id.is_not(None))).all()
    )
    assert mine.quote_of_id == said["ladder"]
    page = (await town.get(f"/@amel/{mine.id}")).text
    assert "quotation" in page and "Qui me prête" in page

    # And no more once it was taken back
    await sign_in(town, "leo")
    await send(town, f"/posts/{said['ladder']}", deed="delete", sure="1")
    after = (await town.get(f"/@amel/{mine.id}")).text
    assert "Voyez plutôt" in after


async def test_what_may_not_be_quoted_is_said_kindly_and_nothing_is_lost(town: Town) -> None:
    said = fill(town)
    secret = town.says("leo", "Entre nous", audience=Audience.LOCAL)
    mine = town.says("leo", "Pas de citation", quote_policy="nobody")
    await sign_in(town, "amel")

    for id_ in (secret, mine):
        form = await town.get(f"/write?quotes={id_}")
        assert form.status_code == 403 and "cannot be quoted" in form.text
        fields = {"source": "Et pourtant", "audience": "public", "quotes": str(id_)}
        page = await send(town, "/write", **fields)
        assert page.status_code == 422 and "cannot be quoted" in page.text
        assert ">Et pourtant</textarea>" in page.text
    assert "/write?quotes=" not in (await town.get(f"/posts/{mine}")).text
    assert said


async def test_a_quote_in_a_quote_is_not_unfolded(town: Town) -> None:
    said = fill(town)
    await sign_in(town, "amel")
    one = {"source": "Un", "audience": "public", "quotes": str(said["ladder"])}
    await send(town, "/write", **one)
    first = by_source(town, "Un")
    await send(town, "/write", source="Deux", audience="public", quotes=str(first))
    second = by_source(town, "Deux")

    page = (await town.get(f"/@amel/{second}")).text

    assert page.count("<blockquote") == 1
