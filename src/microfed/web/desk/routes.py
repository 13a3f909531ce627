"""The doors to the desk."""

from starlette.routing import Route

from microfed.web.desk import (
    check_up,
    emojis,
    groups,
    handover,
    journal,
    letter,
    lists,
    mails,
    notices,
    overview,
    people,
    place,
    posts,
    reports,
    ring,
    servers,
)
from microfed.web.desk.door import for_keepers

_PAGES = {
    overview.PATH: overview.overview_page,
    check_up.PATH: check_up.check_up_page,
    handover.PATH: handover.handover_page,
    people.PATH: people.people_page,
    people.PATH + "/{id}": people.person_page,
    posts.PATH + "/{id}": posts.post_page,
    reports.PATH: reports.reports_page,
    reports.PATH + "/{id}": reports.report_page,
    servers.PATH: servers.servers_page,
    servers.PATH + "/rules.{kind}": servers.list_file,
    lists.PATH: lists.lists_page,
    servers.PATH + "/{host}": servers.server_page,
    ring.PATH: ring.ring_page,
    place.PATH: place.place_page,
    emojis.PATH: emojis.emojis_page,
    groups.PATH: groups.groups_page,
    journal.PATH: journal.journal_page,
    mails.PATH: mails.mails_page,
}
_CHANGES = {
    check_up.PATH: check_up.ask_check_up,
    people.PATH + "/{id}": people.change_person,
    posts.PATH + "/{id}": posts.change_post,
    reports.PATH + "/{id}": reports.change_report,
    servers.PATH: servers.change_servers,
    lists.PATH: lists.change_lists,
    ring.PATH: ring.change_ring,
    place.PATH: place.change_place,
    emojis.PATH: emojis.change_emojis,
    groups.PATH: groups.change_groups,
    journal.PATH: journal.undo,
}
routes = [
    *(Route(path, for_keepers(answer), methods=["GET"]) for path, answer in _PAGES.items()),
    *(Route(path, for_keepers(answer), methods=["POST"]) for path, answer in _CHANGES.items()),
    *(
        Route(letter.PATH, for_keepers(answer, organisers_too=True), methods=[method])
        for method, answer in (("GET", letter.letter_page), ("POST", letter.change_letter))
    ),
    *(
        Route(notices.PATH, for_keepers(answer, organisers_too=True), methods=[method])
        for method, answer in (("GET", notices.notices_page), ("POST", notices.change_notices))
    ),
]
