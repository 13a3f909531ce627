"""Reading what lives elsewhere through one's own server: for members, for documents, elsewhere."""

import pytest

from tests.fediverse import Fediverse


async def test_a_member_reads_what_lives_elsewhere_and_nobody_else_does(
    fediverse: Fediverse,
) -> None:
    # Given a client of Ada's, and Bea on another server
    north, south = await fediverse.instance("north.test"), await fediverse.instance("south.test")
    ada, eve, bea = north.add("ada"), north.add("eve"), south.add("bea")

    async def ask(token: str, uri: str) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await north.client.post(f"{ada.uri}/proxy", data={"id": uri}, headers=headers)
        return answer.status_code, answer.json()

    # When she asks for Bea, Then she gets the document
    status, document = await ask(ada.token, bea.uri)
    assert (status, document["id"]) == (200, bea.uri)

    # And nobody else gets anything, nor she what is no document elsewhere
    assert (await ask("nonsense", bea.uri))[0] == 401
    assert (await ask(eve.token, bea.uri))[0] == 403
    assert (await ask(ada.token, ada.uri))[0] == 422
    assert (await ask(ada.token, ""))[0] == 422
    assert (await ask(ada.token, "https://south.test/users/none"))[0] == 404


@pytest.mark.parametrize("uri", ["http://127.0.0.1/x", "https://10.0.0.1/x", "file:///etc/passwd"])
async def test_the_proxy_opens_no_door_to_the_inside(fediverse: Fediverse, uri: str) -> None:
    ada = (await fediverse.instance("north.test")).add("ada")

    answer = await ada.instance.client.post(
        f"{ada.uri}/proxy", data={"id": uri}, headers={"Authorization": f"Bearer {ada.token}"}
    )

    assert answer.status_code in (403, 404, 422)
    assert fediverse.network.sent == []
