"""Small pictures with a name: drawn in what people say and are called, and shown through us."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from microfed.here import digest_of
from microfed.ids import id_at
from microfed.operations.announcements import Notice, announce_here
from microfed.operations.emojis import add_emoji
from microfed.operations.files import Kept
from microfed.operations.polls import Choice
from microfed.operations.profiles import ProfileChange, change_profile
from microfed.outbound.media import is_kept_here
from microfed.queries.posts import load_people
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.text import called, with_emojis
from microfed.vocab.audience import Audience
from tests.web.conftest import Town, fill, send, sign_in

OURS = "https://here.test/media/aa/lampion.png"
SUN, TICK = "https://pics.test/sun.gif", "https://pics.test/tick.png"


def picture(name: str, url: str) -> str:
    """Return an emoji as a page draws it."""
    return (
        f'<img class="emoji" src="{url}" alt=":{name}:" title=":{name}:"'
        ' width="20" height="20" loading="lazy">'
    )


def through_us(url: str) -> str:
    """Return where something from elsewhere is shown."""
    return f"https://here.test/media/remote/e-{digest_of(url)}"


LANTERN = picture("lampion", OURS)
THE_SUN, THE_TICK = picture("sun", through_us(SUN)), picture("tick", through_us(TICK))


def give_lantern(town: Town) -> None:
    """The place gives an emoji."""
    file = Kept("aa/lampion.png", "original", 10, "0" * 64)
    town.change(lambda tx: add_emoji(tx, by=None, shortcode="lampion", file=file))


def from_elsewhere(
    town: Town,
    content: str,
    *,
    name: str = "Eva :tick:",
    warning: str = "",
    emojis: Sequence[dict[str, str]] = ({"shortcode": "sun", "url": SUN},),
) -> int:
    """Somebody elsewhere says something, and brings its emojis. Returns its id."""

    def work(tx: Tx) -> int:
        id_, host = id_at(datetime.now(UTC)), "north.test"
        eva = Actor(
            id=id_,
            uri=f"https://{host}/users/eva",
            username="eva",
            name_key="eva",
            host=host,
            display_name=name,
            note="<p>I like the :tick:</p>",
            fields=[{"name": "My :tick:", "value": "<p>:tick: yes</p>"}],
            emojis=[{"shortcode": "tick", "url": TICK}],
            url=f"https://{host}/@eva",
            inbox_uri=f"https://{host}/inbox",
        )
        tx.session.add(eva)
        tx.flush()
        said: dict[str, Any] = {"content": content, "warning": warning, "emojis": list(emojis)}
        uri = f"https://{host}/notes/1"
        post = Post(id=id_, uri=uri, actor_id=id_, audience=Audience.PUBLIC, **said)
        tx.session.add(post)
        tx.flush()
        return id_

    return int(town.change(work))


async def test_our_own_emojis_are_drawn_in_all_the_words_of_a_post(town: Town) -> None:
    fill(town)
    give_lantern(town)
    poll = Choice(options=("Oui :lampion:", "Non"), lasts=timedelta(days=1))
    id_ = town.says("leo", "Fête :lampion: ce soir, :nothing:", warning="Du :lampion:", poll=poll)

    page = (await town.get(f"/@leo/{id_}")).text

    assert f"Fête {LANTERN} ce soir, :nothing:" in page
    assert f">Du {LANTERN}</span>" in page
    assert f'<span class="told">Oui {LANTERN}</span>' in page


async def test_what_comes_from_elsewhere_is_drawn_and_no_third_party_is_asked(town: Town) -> None:
    fill(town)
    id_ = from_elsewhere(
        town,
        '<p>Hello :sun::sun:, :lampion: <a href="https://a.test/:sun:">here</a> '
        "<code>:sun:</code> 10:sun:30</p>",
        warning="A :sun: & more",
    )
    give_lantern(town)
    await sign_in(town, "leo")

    page = (await town.get(f"/posts/{id_}")).text

    assert f"Hello {THE_SUN}{THE_SUN}, :lampion: <a" in page
    assert 'href="https://a.test/:sun:"' in page
    assert "<code>:sun:</code> 10:sun:30" in page
    assert f"A {THE_SUN} &amp; more" in page
    assert "pics.test" not in page


async def test_a_quoted_post_shows_its_emojis(town: Town) -> None:
    fill(town)
    give_lantern(town)
    quoted = town.says("leo", "Voilà :lampion:")
    await sign_in(town, "amel")
    fields = {"source": "Voyez", "audience": "public", "quotes": str(quoted)}
    await send(town, "/write", **fields)
    mine = select(Post.id).where(Post.quote_of_id == quoted)

    page = await town.get(f"/posts/{town.change(lambda tx: tx.connection.scalar(mine))}")

    assert f"Voilà {LANTERN}" in page.text.partition("quotation")[2]


async def test_a_name_shows_its_emojis_where_it_heads_something_and_is_words_elsewhere(
    town: Town,
) -> None:
    fill(town)
    id_ = from_elsewhere(town, "<p>Hello</p>")
    await sign_in(town, "leo")

    post = (await town.get(f"/posts/{id_}")).text
    person = (await town.get(f"/people/{id_}")).text

    assert f'translate="no">Eva {THE_TICK}</a>' in post
    assert "<title>Eva: Hello" in post
    assert f'<h1 class="p-name" translate="no">Eva {THE_TICK}</h1>' in person
    assert "What Eva says" in person and "<title>Eva (@eva@north.test)</title>" in person
    assert f"I like the {THE_TICK}" in person
    assert f"<dt>My {THE_TICK}</dt><dd><p>{THE_TICK} yes</p></dd>" in person


async def test_a_neighbour_wears_an_emoji_of_the_place(town: Town) -> None:
    fill(town)
    give_lantern(town)
    change = ProfileChange(display_name="Léo :lampion:", note="Bonjour :lampion:")
    leo = town.people["leo"]
    town.change(lambda tx: change_profile(tx, actor=tx.session.get_one(Actor, leo), change=change))

    page, feed = (await town.get("/@leo")).text, (await town.get("/@leo.atom")).text

    assert f'<h1 class="p-name" translate="no">Léo {LANTERN}</h1>' in page
    assert f"Bonjour {LANTERN}" in page
    assert "<author><name>Léo</name>" in feed and "<img" not in feed
    told = (await town.get("/users/leo", Accept="application/activity+json")).json()
    (tag,) = [tag for tag in told["tag"] if tag["type"] == "Emoji"]
    assert (tag["name"], tag["icon"]["url"]) == (":lampion:", OURS)


async def test_whoever_is_called_by_an_emoji_alone_is_called_by_their_username(town: Town) -> None:
    fill(town)
    id_ = from_elsewhere(town, "<p>Hello</p>", name=":tick:")

    person = town.change(lambda tx: load_people(tx, [id_])[id_])

    assert (person.display_name, person.written_name) == ("eva", ":tick:")


async def test_an_announcement_shows_the_emojis_of_the_place(town: Town) -> None:
    fill(town)
    give_lantern(town)
    notice = Notice("Fête :lampion: samedi")
    id_ = town.change(lambda tx: announce_here(tx, by=None, notice=notice).id)
    await sign_in(town, "leo")
    answer = {"id": str(id_), "deed": "answer", "name": "lampion", "back": "/home"}

    await send(town, "/announcements", **answer)

    page = (await town.get("/home")).text
    assert f"Fête {LANTERN} samedi" in page and f">{LANTERN} 1</button>" in page


async def test_nothing_hostile_gets_into_a_page_by_an_emoji(town: Town) -> None:
    fill(town)
    emojis = [
        {"shortcode": 'x" onerror="alert(1)', "url": SUN},
        {"shortcode": "<script>", "url": SUN},
        {"shortcode": "quote", "url": 'https://here.test/media/a"onerror="alert(1)'},
        {"shortcode": "out", "url": "https://here.test/media/../sign-out"},
        {"shortcode": "", "url": "javascript:alert(1)"},
    ]
    content = '<p>:x" onerror="alert(1): :&lt;script&gt;: :quote: :out: ::</p>'
    id_ = from_elsewhere(town, content, warning=":<script>: :quote:", emojis=emojis)
    await sign_in(town, "leo")

    page = (await town.get(f"/posts/{id_}")).text

    assert content.partition(":quote:")[0] in page  # as it came
    assert page.count('class="emoji" src="https://here.test/media/remote/e-') == 3 + 1
    assert page.count('class="emoji"') == 3 + 1
    assert ":&lt;script&gt;: <img" in page and "sign-out" not in page.partition("<article")[2]


def test_an_attribute_and_code_stay_as_they_are() -> None:
    shown = {"sun": 'https://a.test/"&<'}
    kept = (
        '<a href="https://a.test/>:sun:" rel=":sun:">x</a><pre>:sun: <code>:sun:</code> :sun:</pre>'
    )

    assert with_emojis(kept, shown) == kept
    drawn = with_emojis("<p>:sun:</p>", shown)
    assert 'src="https://a.test/&quot;&amp;&lt;"' in drawn
    assert with_emojis(drawn.replace("sun", "moon"), shown) == drawn.replace("sun", "moon")


def test_a_name_is_left_as_it_is_unless_its_emojis_are_known() -> None:
    assert called("Bea :tick:", "bea", []) == "Bea :tick:"
    assert called("Bea :tick: Martin", "bea", [{"shortcode": "tick"}]) == "Bea Martin"
    assert called("", "bea", None) == "bea"


async def test_only_what_a_file_of_ours_may_be_called_is_one(town: Town) -> None:
    here = town.instance.house.db.here

    for name in ("a1.png", "aa/lampion.png"):
        assert is_kept_here(here, f"https://here.test/media/{name}")
    for name in ("../sign-out", "a/../../b", '"onerror="', "%2e%2e/b", "?a", ""):
        assert not is_kept_here(here, f"https://here.test/media/{name}")
