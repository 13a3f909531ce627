"""An event before an independent server: it verifies, reads, and fetches it like any object."""

from typing import Any

import httpx

from tests.components.fedify import FedifyServer
from tests.components.server import MicrofedServer
from tests.federation.test_fedify import AS2, PUBLIC, Ana


def test_a_stranger_reads_an_event_and_its_link_leads_to_a_page_and_to_the_document(
    fedify: FedifyServer, microfed_server: MicrofedServer
) -> None:
    # Given somebody elsewhere who follows our member
    ana = Ana(microfed_server)
    fedify.follow(ana.actor)
    fedify.wait_for_activity("Accept", actor=ana.actor)

    # When she plans something, and calls it off
    made: dict[str, Any] = ana.does(
        {
            "type": "Event",
            "name": "Bal",
            "content": "<p>On danse</p>",
            "startTime": "2027-06-11T19:00:00+02:00",
            "timezone": "Europe/Paris",
            "location": {"type": "Place", "name": "Cour du 12"},
            "to": [PUBLIC],
            "cc": [f"{ana.actor}/followers"],
        }
    )["object"]
    fedify.wait_for_activity("Create", object=made["id"])
    ana.does(
        {"type": "Update", "object": {"id": made["id"], "status": "CANCELLED", "type": "Event"}}
    )
    fedify.wait_for_activity("Update", object=made["id"])

    # Then it reads all of it, in words too, and nothing was refused
    read = fedify.fetch(made["id"])
    assert (read["type"], read["name"]) == ("Event", "Bal")
    assert "2027" in read["summary"] and "Cour du 12" in read["summary"]
    state = fedify.state()
    assert (state["unverified"], state["refused"], state["errors"]) == ([], [], [])
    # And its link is a page for people, and for servers the way to the document
    page = httpx.get(read["url"], headers={"Accept": "text/html"}, trust_env=False)
    assert page.status_code == 200 and "Bal" in page.text
    led = httpx.get(read["url"], headers={"Accept": AS2}, trust_env=False, follow_redirects=True)
    assert led.json()["id"] == made["id"]
