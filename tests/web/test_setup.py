"""The first day: the link from the terminal, the form, and somebody has moved in."""

from sqlalchemy import select

from microfed.operations.setup import make_setup_key
from microfed.passwords import is_password
from microfed.store.people import Actor, Member
from tests.web.conftest import Town

ORIGIN = {"Origin": "https://here.test"}
FORM = {
    "name": "amel",
    "display_name": "Amel",
    "email": "amel@here.example",
    "password": "une échelle verte",
    "again": "une échelle verte",
    "language": "fr",
}


async def test_an_empty_place_tells_where_the_link_is(town: Town) -> None:
    page = await town.get("/")

    assert "nobody lives here yet" in page.text
    assert "https://here.test/setup?key=" in page.text


async def test_whoever_has_the_link_moves_in_as_the_admin(town: Town) -> None:
    # Given the link of the terminal, opened
    key = town.change(make_setup_key)
    page = await town.get(f"/setup?key={key}")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert f'name="key" value="{key}"' in page.text

    # When the form is sent
    answer = await town.browser.post("/setup", data={**FORM, "key": key}, headers=ORIGIN)

    # Then there is an admin with this password, whose page opens
    assert (answer.status_code, answer.headers["location"]) == (303, "/@amel")
    member, actor = town.change(
        lambda tx: tx.session.execute(
            select(Member, Actor).join(Actor, Actor.id == Member.id)
        ).one()
    )
    assert (actor.username, actor.display_name, member.role) == ("amel", "Amel", "admin")
    assert (member.email, member.language) == ("amel@here.example", "fr")
    assert is_password(member.password_hash, FORM["password"])
    assert "Amel" in (await town.get("/@amel")).text
    assert (await town.get("/settings")).status_code == 200


async def test_the_form_sent_twice_makes_one_member(town: Town) -> None:
    key = town.change(make_setup_key)

    answers = [
        await town.browser.post("/setup", data={**FORM, "key": key}, headers=ORIGIN)
        for _ in range(2)
    ]

    assert [answer.headers.get("location") for answer in answers] == ["/@amel", "/@amel"]
    assert len(town.change(lambda tx: tx.session.scalars(select(Member)).all())) == 1
    # The link alone, sent once more with another password, signs nobody in.
    town.browser.cookies.clear()
    again = {**FORM, "key": key, "password": "autre mot", "again": "autre mot"}
    await town.browser.post("/setup", data=again, headers=ORIGIN)
    assert (await town.get("/settings")).status_code == 303


async def test_a_used_link_leads_to_the_front_page_and_makes_nobody_else(town: Town) -> None:
    key = town.change(make_setup_key)
    await town.browser.post("/setup", data={**FORM, "key": key}, headers=ORIGIN)

    opened = await town.get(f"/setup?key={key}")
    other = await town.browser.post(
        "/setup", data={**FORM, "name": "eve", "key": key}, headers=ORIGIN
    )

    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    assert other.status_code == 410
    assert len(town.change(lambda tx: tx.session.scalars(select(Member)).all())) == 1


async def test_a_newer_link_replaces_the_older_one(town: Town) -> None:
    older, newer = town.change(make_setup_key), town.change(make_setup_key)

    assert (await town.get(f"/setup?key={older}")).status_code == 403
    assert (await town.get(f"/setup?key={newer}")).status_code == 200


async def test_no_link_is_made_once_somebody_lives_here(town: Town) -> None:
    town.add("leo")

    assert town.change(make_setup_key) is None


async def test_a_wrong_link_opens_nothing(town: Town) -> None:
    assert (await town.get("/setup?key=x")).status_code == 403
    assert (await town.get("/setup")).status_code == 403
    answer = await town.browser.post("/setup", data={**FORM, "key": "x"}, headers=ORIGIN)
    assert answer.status_code == 403


async def test_what_was_typed_stays_and_each_mistake_is_told_beside_its_field(town: Town) -> None:
    key = town.change(make_setup_key)
    given = {**FORM, "key": key, "email": "no address", "display_name": "Amel <b>"}

    bad_email = await town.browser.post("/setup", data=given, headers=ORIGIN)
    bad_password = await town.browser.post(
        "/setup", data={**given, "password": "short", "again": "short"}, headers=ORIGIN
    )
    not_same = await town.browser.post(
        "/setup", data={**given, "again": "another one"}, headers=ORIGIN
    )
    bad_name = await town.browser.post(
        "/setup", data={**FORM, "key": key, "name": "Amélie H"}, headers=ORIGIN
    )

    assert [page.status_code for page in (bad_email, bad_password, not_same, bad_name)] == [422] * 4
    assert 'value="no address"' in bad_email.text
    assert 'value="Amel &lt;b&gt;"' in bad_email.text
    assert 'id="email-mistake">This does not look like an e-mail address.' in bad_email.text
    assert 'aria-describedby="email-mistake email-hint" aria-invalid="true"' in bad_email.text
    assert 'id="password-mistake"' in bad_password.text
    assert "short" not in bad_password.text.replace("Short,", "")
    assert 'id="again-mistake">The two passwords are not the same.' in not_same.text
    assert 'id="name-mistake"' in bad_name.text
    assert FORM["password"] not in bad_name.text
