"""Looking after the place from an admin's app."""

from collections.abc import Callable
from typing import Any

import pytest

from microfed.operations.reports import report
from microfed.store.people import Actor
from tests.fediverse import Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone

SCOPES = "read write follow admin:read admin:write"
PEOPLE = "/api/v1/admin/accounts"


@pytest.fixture
async def admin(here: Instance, phone: Callable[[Neighbour], Phone]) -> Phone:
    """The one who looks after the place."""
    return phone(here.add("zoe", role="admin", scopes=SCOPES))


async def test_people_are_found_by_what_they_are(admin: Phone, ana: Phone, bea: Phone) -> None:
    async def names(**sought: Any) -> list[str]:
        return [one["username"] for one in await admin.get(PEOPLE, **sought)]

    assert await names() == ["bea", "ana", "zoe"]
    assert await names(staff="true") == ["zoe"]
    assert await names(username="an") == ["ana"]
    assert await names(username="%") == []
    assert await names(remote="true") == []
    assert await names(limit=1, max_id=bea.id) == ["ana"]
    newer = await admin.get("/api/v2/admin/accounts", origin="local", permissions="staff")
    assert [one["role"]["name"] for one in newer] == ["Admin"]
    await admin.get("/api/v2/admin/accounts", expects=422, status="cat")


async def test_whoever_is_suspended_is_neither_seen_nor_let_in_until_it_is_lifted(
    admin: Phone, ana: Phone, bea: Phone
) -> None:
    post = await ana.says("bonjour")

    await admin.post(f"{PEOPLE}/{ana.id}/action", type="suspend", text="assez")

    await ana.get("/api/v1/timelines/home", expects=401)
    await bea.get(f"/api/v1/statuses/{post['id']}", expects=404)
    assert (await admin.get(f"{PEOPLE}/{ana.id}"))["suspended"] is True
    again = await admin.post(f"{PEOPLE}/{ana.id}/action", expects=409, type="suspend")
    assert "already" in again["error"]

    shown = await admin.post(f"{PEOPLE}/{ana.id}/unsuspend")

    assert shown["suspended"] is False
    await bea.get(f"/api/v1/statuses/{post['id']}")
    await ana.get("/api/v1/timelines/home")


async def test_whoever_is_frozen_cannot_come_in_but_what_they_said_stands(
    admin: Phone, ana: Phone, bea: Phone
) -> None:
    post = await ana.says("bonjour")

    await admin.post(f"{PEOPLE}/{ana.id}/action", type="disable")

    await ana.get("/api/v1/timelines/home", expects=401)
    await bea.get(f"/api/v1/statuses/{post['id']}")
    assert (await admin.post(f"{PEOPLE}/{ana.id}/enable"))["disabled"] is False
    await ana.get("/api/v1/timelines/home")


async def test_the_silenced_are_heard_by_those_who_follow_them_alone(
    admin: Phone, ana: Phone, bea: Phone, anyone: Phone
) -> None:
    await bea.post(f"/api/v1/accounts/{ana.id}/follow")
    await admin.post(f"{PEOPLE}/{ana.id}/action", type="silence")

    await ana.says("bonjour")

    assert await anyone.get("/api/v1/timelines/public") == []
    assert len(await bea.get("/api/v1/timelines/home")) == 1
    await admin.post(f"{PEOPLE}/{ana.id}/unsilence")
    assert len(await anyone.get("/api/v1/timelines/public")) == 1


@pytest.mark.parametrize(
    ("body", "expects"),
    [({}, 422), ({"type": "explode"}, 422), ({"type": "silence", "report_id": "9"}, 404)],
)
async def test_what_cannot_be_done_changes_nothing(
    admin: Phone, ana: Phone, body: dict[str, Any], expects: int
) -> None:
    before = await admin.get(f"{PEOPLE}/{ana.id}")

    await admin.post(f"{PEOPLE}/{ana.id}/action", expects=expects, **body)

    assert await admin.get(f"{PEOPLE}/{ana.id}") == before


async def test_the_last_admin_cannot_be_locked_out(admin: Phone) -> None:
    for kind in ("suspend", "disable", "silence"):
        await admin.post(f"{PEOPLE}/{admin.id}/action", expects=403, type=kind)


async def test_whoever_asked_to_move_in_is_let_in_or_forgotten(
    fediverse: Fediverse, phone: Callable[[Neighbour], Phone]
) -> None:
    here = await fediverse.instance("here.test", registration="approval")
    admin = phone(here.add("zoe", role="admin", scopes=SCOPES))
    app = await admin.post(
        "/api/v1/apps",
        client_name="x",
        redirect_uris="urn:ietf:wg:oauth:2.0:oob",
        scopes="read write",
    )
    given = await admin.post(
        "/oauth/token",
        grant_type="client_credentials",
        client_id=app["client_id"],
        client_secret=app["client_secret"],
        scope="read write",
    )
    stranger = Phone(here.client, given["access_token"])

    async def asks(name: str, email: str, expects: int = 200) -> Any:
        return await stranger.post(
            "/api/v1/accounts",
            expects=expects,
            username=name,
            email=email,
            password="a long sentence",
            agreement=True,
            reason="j'habite en face",
        )

    token = (await asks("luc", "luc@mail.example"))["access_token"]
    await asks("max", "max@mail.example")
    luc = Phone(here.client, token)
    await luc.get("/api/v1/accounts/verify_credentials", expects=401)
    waiting = {one["username"]: one for one in await admin.get(PEOPLE, pending="true")}
    assert waiting["luc"]["invite_request"] == "j'habite en face"

    await admin.post(f"{PEOPLE}/{waiting['luc']['id']}/approve")
    await admin.post(f"{PEOPLE}/{waiting['max']['id']}/reject")

    assert (await luc.get("/api/v1/accounts/verify_credentials"))["username"] == "luc"
    await admin.get(f"{PEOPLE}/{waiting['max']['id']}", expects=404)
    await admin.post(f"{PEOPLE}/{waiting['luc']['id']}/approve", expects=409)
    assert await admin.get(PEOPLE, pending="true") == []

    await admin.post("/api/v1/admin/email_domain_blocks", domain="spam.example")
    await admin.post("/api/v1/admin/canonical_email_blocks", email="bad.one+x@mail.example")
    await asks("eve", "eve@sub.spam.example", expects=422)
    await asks("eve", "badone@mail.example", expects=422)
    (found,) = await admin.post(
        "/api/v1/admin/canonical_email_blocks/test", email="badone+y@mail.example"
    )
    await admin.delete(f"/api/v1/admin/canonical_email_blocks/{found['id']}")
    await asks("eve", "badone@mail.example")


async def test_a_report_is_taken_up_sorted_and_settled_once(
    here: Instance, admin: Phone, ana: Phone, bea: Phone
) -> None:
    post = await ana.says("spam")
    with here.house.db.writing() as tx:
        by, about = tx.session.get_one(Actor, int(bea.id)), tx.session.get_one(Actor, int(ana.id))
        made = report(tx, reporter=by, target=about, comment="regarde").id
    one = f"/api/v1/admin/reports/{made}"

    (waiting,) = await admin.get("/api/v1/admin/reports")
    assert (waiting["comment"], waiting["target_account"]["username"]) == ("regarde", "ana")
    assert (await admin.put(one, category="spam"))["category"] == "spam"
    await admin.put(one, expects=422, category="cats")
    taken = await admin.post(f"{one}/assign_to_self")
    assert taken["assigned_account"]["username"] == "zoe"
    assert (await admin.post(f"{one}/resolve"))["action_taken"] is True
    await admin.post(f"{one}/resolve", expects=409)
    assert await admin.get("/api/v1/admin/reports") == []
    assert len(await admin.get("/api/v1/admin/reports", resolved="true")) == 1
    assert (await admin.post(f"{one}/reopen"))["action_taken"] is False
    await admin.post(
        f"{PEOPLE}/{ana.id}/action", type="none", text="doucement", report_id=str(made)
    )
    assert (await admin.get(one))["action_taken_by_account"]["username"] == "zoe"
    assert post["id"]


async def test_a_limited_server_is_silenced_with_all_under_its_name(
    here: Instance, admin: Phone, fediverse: Fediverse, phone: Callable[[Neighbour], Phone]
) -> None:
    there = await fediverse.instance("sub.there.test")
    bob = phone(there.add("bob"))
    (person,) = (await admin.get("/api/v2/search", q="@bob@sub.there.test", resolve="true"))[
        "accounts"
    ]
    made = await admin.post(
        "/api/v1/admin/domain_blocks", domain="There.test", severity="silence", obfuscate=True
    )

    assert (made["domain"], made["severity"], made["obfuscate"]) == ("there.test", "silence", True)
    assert (await admin.get(f"/api/v1/accounts/{person['id']}"))["limited"] is True
    await admin.post("/api/v1/admin/domain_blocks", expects=422, domain="there.test")
    await admin.post("/api/v1/admin/domain_blocks", expects=422, domain="not a name")
    changed = await admin.put(f"/api/v1/admin/domain_blocks/{made['id']}", severity="noop")
    assert changed["severity"] == "noop"
    assert "limited" not in await admin.get(f"/api/v1/accounts/{person['id']}")
    await admin.delete(f"/api/v1/admin/domain_blocks/{made['id']}")
    await admin.get(f"/api/v1/admin/domain_blocks/{made['id']}", expects=404)
    let_in = await admin.post("/api/v1/admin/domain_allows", domain="friend.test")
    assert [one["domain"] for one in await admin.get("/api/v1/admin/domain_allows")] == [
        "friend.test"
    ]
    await admin.delete(f"/api/v1/admin/domain_allows/{let_in['id']}")
    assert bob.id


async def test_a_barred_network_is_not_answered(here: Instance, admin: Phone, ana: Phone) -> None:
    made = await admin.post(
        "/api/v1/admin/ip_blocks", ip="192.0.2.77/24", severity="no_access", expires_in=3600
    )
    assert (made["ip"], made["expires_at"] is None) == ("192.0.2.0/24", False)
    await admin.post("/api/v1/admin/ip_blocks", expects=422, ip="cat", severity="no_access")
    await admin.post("/api/v1/admin/ip_blocks", expects=422, ip="192.0.2.1", severity="cat")

    # The tests' own client comes from 127.0.0.1.
    mine = await admin.put(f"/api/v1/admin/ip_blocks/{made['id']}", ip="127.0.0.1")

    assert mine["ip"] == "127.0.0.1/32"
    answer = await here.client.get("/api/v1/instance")
    assert answer.status_code == 403


async def test_all_pictures_of_somebody_can_be_veiled(
    here: Instance, admin: Phone, ana: Phone, bea: Phone
) -> None:
    plain = await ana.says("sans image")

    await admin.post(f"{PEOPLE}/{ana.id}/action", type="sensitive")

    assert (await admin.get(f"{PEOPLE}/{ana.id}"))["sensitized"] is True
    assert (await bea.get(f"/api/v1/statuses/{plain['id']}"))["sensitive"] is False
    assert (await admin.post(f"{PEOPLE}/{ana.id}/unsensitive"))["sensitized"] is False


async def test_figures_count_what_is_said_by_day(admin: Phone, ana: Phone) -> None:
    await ana.says("un #Jardin", language="fr")
    await ana.says("deux", language="fr")

    measures = await admin.post(
        "/api/v1/admin/measures", keys=["active_users", "new_users", "interactions", "cats"]
    )
    totals = {one["key"]: one["total"] for one in measures}
    assert totals == {"active_users": "1", "new_users": "2", "interactions": "0"}
    dimensions = await admin.post(
        "/api/v1/admin/dimensions", keys=["languages", "servers", "space_usage", "sources"]
    )
    rows = {one["key"]: [(row["key"], row["value"]) for row in one["data"]] for one in dimensions}
    assert rows["languages"] == [("fr", "2")]
    assert rows["servers"] == [("here.test", "2")]
    (*_, cohort) = await admin.post("/api/v1/admin/retention", frequency="day")
    assert [row["value"] for row in cohort["data"]] == ["1"]
    assert [row["rate"] for row in cohort["data"]] == [0.5]
    await admin.post("/api/v1/admin/retention", expects=422, frequency="hour")
    await admin.post(
        "/api/v1/admin/measures", expects=422, keys=["new_users"], start_at="9999-01-01"
    )


async def test_a_suspended_account_can_be_deleted_for_good(admin: Phone, ana: Phone) -> None:
    await admin.ask("DELETE", f"{PEOPLE}/{ana.id}", expects=403)
    await admin.post(f"{PEOPLE}/{ana.id}/action", type="suspend")

    await admin.delete(f"{PEOPLE}/{ana.id}")

    await admin.get(f"/api/v1/accounts/{ana.id}", expects=404)
