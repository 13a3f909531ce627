"""What a member's clients read: every collection, page by page, newest first, for whoever looks."""

from typing import Any

from tests.fediverse import AS2, PUBLIC, Fediverse, Instance, Neighbour


async def read(who: Neighbour, uri: str, *, status: int = 200) -> Any:
    """Read something as its owner's client does."""
    answer = await who.instance.get(uri, headers={"Authorization": f"Bearer {who.token}"})
    assert answer.status_code == status, answer.text
    return answer.json()


async def items(who: Neighbour, uri: str) -> list[Any]:
    """Walk through a whole collection as clients do: head, first, next."""
    head = await read(who, uri)
    found: list[Any] = []
    next_ = head["first"]
    while next_ is not None:
        page = await read(who, next_)
        assert page["partOf"] == uri
        found += page.get("orderedItems", page.get("items"))
        next_ = page.get("next")
    assert head["totalItems"] == len(found)
    return found


async def test_an_inbox_holds_what_reached_its_owner_from_here_and_elsewhere(
    fediverse: Fediverse, ada: Neighbour, bea: Neighbour, dan: Neighbour
) -> None:
    # Given Ada, who follows Bea and Dan
    mine = (await ada.says("hi"))["object"]["id"]
    for whom in (bea, dan):
        await ada.does({"type": "Follow", "object": whom.uri})
    await fediverse.settle()

    # When both say something, follow her and like what she said
    done = []
    for who in (bea, dan):
        done.append(await who.says(f"I am {who.name}"))
        done.append(await who.does({"type": "Follow", "object": ada.uri}))
        done.append(await who.does({"type": "Like", "object": mine}))
        await fediverse.settle()
    done.append(await dan.does({"type": "Announce", "object": mine}))
    done.append(await bea.does({"type": "Note", "content": "psst", "to": [ada.uri]}))
    await fediverse.settle()

    # Then each activity is in her inbox once, under the id its author's server gave it
    found = await items(ada, f"{ada.uri}/inbox")
    ids = [item["id"] for item in found]
    assert len(ids) == len(set(ids))
    for activity in done:
        (shown,) = [item for item in found if item["id"] == activity["id"]]
        assert (shown["type"], shown["actor"]) == (activity["type"], activity["actor"])
    # With the yes of both, and nothing of her own
    assert sorted(item["actor"] for item in found if item["type"] == "Accept") == sorted(
        (bea.uri, dan.uri)
    )
    assert ada.uri not in {item["actor"] for item in found}
    (said,) = [item for item in found if item["id"] == done[0]["id"]]
    assert said["object"]["content"] == "I am bea"
    assert "bto" not in str(found)


async def test_what_reached_an_inbox_opens_by_the_number_it_has_there(
    north: Instance, ada: Neighbour, bea: Neighbour
) -> None:
    said = (await bea.says("I am bea"))["object"]["id"]
    place = f"{ada.uri}/inbox/{said.rpartition('/')[2]}"

    found = await read(ada, place)

    assert (found["type"], found["object"]["id"]) == ("Create", said)
    await read(bea, place, status=403)
    await read(ada, f"{ada.uri}/inbox/7", status=404)
    await read(ada, f"{ada.uri}/inbox/{'9' * 30}", status=404)


async def test_an_inbox_is_its_owners_alone(
    north: Instance, ada: Neighbour, bea: Neighbour
) -> None:
    anyone = await north.get(f"{ada.uri}/inbox")
    assert (anyone.status_code, anyone.headers["www-authenticate"]) == (401, "Bearer")
    assert anyone.headers["content-type"] == "application/problem+json"
    await read(bea, f"{ada.uri}/inbox", status=403)
    cy = north.add("cy", scopes="write")
    await read(cy, f"{cy.uri}/inbox", status=403)


async def test_long_collections_come_in_pages_newest_first(ada: Neighbour, bea: Neighbour) -> None:
    await ada.does({"type": "Follow", "object": bea.uri})
    said = [(await bea.says(f"word {n}"))["id"] for n in range(45)]

    for who, uri in ((ada, f"{ada.uri}/inbox"), (bea, f"{bea.uri}/outbox")):
        found = [item["id"] for item in await items(who, uri) if item["type"] == "Create"]
        assert found == said[::-1]


async def test_what_is_deleted_or_silenced_leaves_the_inbox(ada: Neighbour, bea: Neighbour) -> None:
    await ada.does({"type": "Follow", "object": bea.uri})
    first, second = (await bea.says("one")), (await bea.says("two"))

    await bea.does({"type": "Delete", "object": first["object"]["id"]})
    found = [item["id"] for item in await items(ada, f"{ada.uri}/inbox")]
    assert second["id"] in found
    assert first["id"] not in found

    await ada.does({"type": "Block", "object": bea.uri})
    found = [item["id"] for item in await items(ada, f"{ada.uri}/inbox")]
    assert second["id"] not in found


async def test_nobody_reads_that_they_were_blocked(
    fediverse: Fediverse, ada: Neighbour, bea: Neighbour
) -> None:
    blocked = await bea.does({"type": "Block", "object": ada.uri})
    await bea.does({"type": "Undo", "object": blocked})

    assert await items(ada, f"{ada.uri}/inbox") == []


async def test_an_outbox_shows_its_owner_all_they_did_and_others_what_is_for_them(
    north: Instance, ada: Neighbour, bea: Neighbour
) -> None:
    theirs = (await bea.says("hello"))["object"]["id"]
    done = [
        await ada.says("hi"),
        await ada.does({"type": "Note", "content": "psst", "to": [bea.uri]}),
        await ada.does({"type": "Follow", "object": bea.uri}),
        await ada.does({"type": "Like", "object": theirs}),
        await ada.does({"type": "Announce", "object": theirs}),
        await ada.does({"type": "Arrive", "location": {"name": "Café"}, "to": [PUBLIC]}),
    ]
    done.append(await ada.does({"type": "Undo", "object": done[3]["id"]}))

    mine = [item["id"] for item in await items(ada, f"{ada.uri}/outbox")]
    assert mine == [activity["id"] for activity in reversed(done)]

    anyone = (await north.get(f"{ada.uri}/outbox?page=true")).json()["orderedItems"]
    assert [item["id"] for item in anyone] == [done[5]["id"], done[4]["id"], done[0]["id"]]
    hers = (await read(bea, f"{ada.uri}/outbox?page=true"))["orderedItems"]
    assert done[1]["id"] in [item["id"] for item in hers]


async def test_who_waits_for_an_answer_is_for_those_two_alone(
    north: Instance, ada: Neighbour, bea: Neighbour
) -> None:
    await bea.does({"type": "Update", "object": {"id": bea.uri, "manuallyApprovesFollowers": True}})
    asked = await ada.does({"type": "Follow", "object": bea.uri})
    actor = await read(ada, ada.uri)

    (waits,) = await items(ada, actor["pendingFollowing"])
    assert waits == {"id": asked["id"], "type": "Follow", "actor": ada.uri, "object": bea.uri}
    assert await items(bea, f"{bea.uri}/pendingFollowers") == [waits]
    await read(ada, f"{bea.uri}/pendingFollowers", status=403)
    assert (await north.get(f"{bea.uri}/pendingFollowers")).status_code == 401

    await bea.does({"type": "Accept", "object": waits})
    assert await items(bea, f"{bea.uri}/pendingFollowers") == []
    assert await items(ada, f"{ada.uri}/pendingFollowing") == []
    assert await items(ada, f"{ada.uri}/following") == [bea.uri]
    assert await items(ada, f"{bea.uri}/followers") == [ada.uri]


async def test_who_is_blocked_is_for_whoever_blocked_them(ada: Neighbour, bea: Neighbour) -> None:
    done = await ada.does({"type": "Block", "object": bea.uri})

    assert await items(ada, f"{ada.uri}/blocked") == [bea.uri]
    assert await items(ada, f"{ada.uri}/blocks") == [
        {"id": done["id"], "type": "Block", "actor": ada.uri, "object": bea.uri}
    ]
    await read(bea, f"{ada.uri}/blocked", status=403)


async def test_likes_shares_and_replies_are_shown_with_their_ids(
    north: Instance, ada: Neighbour, bea: Neighbour
) -> None:
    post = (await ada.says("hi"))["object"]
    liked = await bea.does({"type": "Like", "object": post["id"]})
    shared = await bea.does({"type": "Announce", "object": post["id"]})
    answer = await bea.says("yes", inReplyTo=post["id"])

    (shown,) = await items(ada, post["likes"]["id"])
    assert shown == {"id": liked["id"], "type": "Like", "actor": bea.uri, "object": post["id"]}
    (shown,) = await items(ada, post["shares"]["id"])
    assert (shown["id"], shown["type"], shown["actor"]) == (shared["id"], "Announce", bea.uri)
    assert await items(ada, post["replies"]["id"]) == [answer["object"]["id"]]
    assert await items(bea, f"{bea.uri}/liked") == [post["id"]]
    # A stranger learns how many, not who
    head = (await north.get(post["likes"]["id"])).json()
    assert (head["totalItems"], "first" in head) == (1, False)
    page = (await north.get(f"{post['likes']['id']}?page=true")).json()
    assert "orderedItems" not in page


async def test_people_are_guessed_from_the_first_letters(
    north: Instance, ada: Neighbour, bea: Neighbour
) -> None:
    template = (await read(ada, ada.uri))["endpoints"]["actorAutocomplete"]

    found = await read(ada, template.replace("{q}", "be"))
    assert [(person["id"], person["type"]) for person in found["items"]] == [(bea.uri, "Person")]
    for key in ("inbox", "outbox", "preferredUsername"):
        assert found["items"][0][key]
    nobody = await read(ada, template.replace("{q}", "zzz"))
    assert (nobody["totalItems"], nobody["items"]) == (0, [])
    why = await read(ada, template.replace("{q}", ""), status=400)
    assert why["status"] == 400
    assert (await north.get(template.replace("{q}", "be"))).status_code == 401


async def test_head_is_answered_like_get(ada: Neighbour) -> None:
    headers = {"Authorization": f"Bearer {ada.token}", "Accept": AS2}
    for path in ("", "/inbox", "/outbox", "/followers", "/pendingFollowers", "/blocked"):
        got = await ada.instance.client.get(f"{ada.uri}{path}", headers=headers)
        head = await ada.instance.client.head(f"{ada.uri}{path}", headers=headers)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-type", "content-length"):
            assert head.headers[name] == got.headers[name]


async def test_what_an_app_of_mastodons_does_is_read_under_the_same_ids(
    ada: Neighbour, bea: Neighbour
) -> None:
    api, bearer = ada.instance.client, {"Authorization": f"Bearer {ada.token}"}
    theirs = (await bea.says("hello"))["object"]["id"]
    number = theirs.rpartition("/")[2]

    async def app(path: str, **form: str) -> Any:
        answer = await api.post(f"/api/v1/{path}", headers=bearer, data=form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    said = await app("statuses", status="by the app", in_reply_to_id=number)
    boosted = await app(f"statuses/{number}/reblog")
    await app(f"statuses/{number}/favourite")
    await app(f"accounts/{bea.id}/follow")

    done = {item["type"]: item for item in await items(ada, f"{ada.uri}/outbox")}
    assert set(done) == {"Create", "Announce", "Like", "Follow"}
    assert done["Create"]["object"]["id"] == said["uri"] == f"{ada.uri}/posts/{said['id']}"
    assert done["Announce"]["id"] == f"{ada.uri}/posts/{boosted['id']}/activity"
    assert done["Like"]["object"] == theirs
    assert await items(ada, f"{ada.uri}/liked") == [theirs]
    assert await items(ada, f"{ada.uri}/following") == [bea.uri]
    assert await items(bea, f"{theirs}/replies") == [said["uri"]]
    # And what a client takes back is gone for the app
    await ada.does({"type": "Undo", "object": done["Like"]})
    await ada.does({"type": "Delete", "object": said["uri"]})
    status = (await api.get(f"/api/v1/statuses/{number}", headers=bearer)).json()
    assert (status["favourited"], status["replies_count"]) == (False, 0)
    gone = await api.get(f"/api/v1/statuses/{said['id']}", headers=bearer)
    assert gone.status_code == 404
