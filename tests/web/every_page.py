"""Every page there is: what to ask for, and who asks. A new page is looked at without a word here.

One whose address names something has a line in EXAMPLES; what is no page is in NO_PAGES.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.routing import Route

from microfed.oauth.routes import routes as oauth
from microfed.web.routes import routes, shared

# What stands for the names in an address; `{answer}` and the like are ids of conftest.fill.
EXAMPLES = {
    "/@{name}": "/@amel",
    "/@{name}/{id}": "/@amel/{answer}",
    "/consultations/{id}": "/consultations/{vote}",
    "/desk/people/{id}": "/desk/people/{eva}",
    "/desk/posts/{id}": "/desk/posts/{answer}",
    "/desk/reports/{id}": "/desk/reports/{report}",
    "/desk/servers/{host}": "/desk/servers/north.test",
    "/entraide/{id}": "/entraide/{offer}",
    "/entraide/{id}/edit": "/entraide/{own_offer}/edit",
    "/agenda/{id}": "/agenda/{event}",
    "/agenda/{id}/edit": "/agenda/{event}/edit",
    "/agenda/{id}/cancel": "/agenda/{event}/cancel",
    "/agenda/answer/{token}": "/agenda/answer/nothing",
    "/filters/{id}": "/filters/{filter}",
    "/groups/{name}/members": "/groups/chorale/members",
    "/groups/{name}/care": "/groups/chorale/care",
    "/confirm/{token}": "/confirm/nothing",
    "/objection/{token}": "/objection/nothing",
    "/reset/{token}": "/reset/nothing",
    "/invite/{token}": "/invite/nothing",
    "/circles/{id}": "/circles/{circle}",
    "/meet/{token}": "/meet/nothing",
    "/lettre/{week}": "/lettre/2026-W48",
    "/lettre/confirm/{token}": "/lettre/confirm/nothing",
    "/lettre/leave/{token}": "/lettre/leave/nothing",
    "/lists/{id}": "/lists/{list}",
    "/lists/{id}/people": "/lists/{list}/people",
    "/people/{id}": "/people/{eva}",
    "/people/{id}/report": "/people/{eva}/report",
    "/people/{id}/silence": "/people/{eva}/silence",
    "/posts/{id}": "/posts/{answer}",
    "/posts/{id}/delete": "/posts/{answer}/delete",
    "/posts/{id}/edit": "/posts/{answer}/edit",
    "/posts/{id}/history": "/posts/{answer}/history",
    "/tags/{name}": "/tags/entraide",
}
# Files, feeds, and documents of other doors.
NO_PAGES = {
    "/@{name}.atom",
    "/entraide.atom",
    "/agenda.ics",
    "/agenda/{id}.ics",
    "/agenda/calendar/{token}.ics",
    "/lettre.atom",
    "/desk/servers/rules.{kind}",
    "/invitations/{id}/poster-{size}.{kind}",
    "/latest.atom",
    "/listen",
    "/tags/{name}.atom",
    "/settings/export/archive.zip",
    "/settings/export/{name}.csv",
    "/static/{hash}/{name}",
    "/accent/{colour}.css",
    "/manifest.webmanifest",
    "/sw.js",
    "/api/v1/apps/verify_credentials",
    "/oauth/userinfo",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
}
# Those who are signed in are led on from there.
FOR_STRANGERS = {"/sign-in"}
# What people without an account come to as well, and what goes wrong.
STRANGERS = (
    "/",
    "/latest",
    "/around",
    "/entraide",
    "/annuaire",
    "/annuaire?q=rien",
    "/agenda",
    "/agenda?show=past",
    "/agenda/{event}",
    "/groups",
    "/@chorale",
    "/consultations",
    "/consultations/{decided}",
    "/lettre",
    "/lettre/2026-W48",
    "/lettre/leave/nothing",
    "/about",
    "/privacy",
    "/@amel",
    "/@leo?before=1",
    "/@amel/{answer}",
    "/tags/entraide",
    "/sign-in",
    "/forgotten",
    "/objection/nothing",
    "/reset/nothing",
    "/invite/nothing",
    "/meet/nothing",
    "/setup?key=wrong",
    "/nowhere",
    "/oauth/authorize",
)


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looks at a page: a member who signed in, or a stranger."""

    path: str
    is_member: bool

    def __str__(self) -> str:
        return f"{self.path} ({'a member' if self.is_member else 'a stranger'})"


def looks(said: dict[str, int]) -> Iterator[Look]:
    """Return every page, with `said` in its address, and who looks."""
    for path in STRANGERS:
        yield Look(path.format(**said), is_member=False)
    for path in sorted(page_routes() - FOR_STRANGERS):
        yield Look(EXAMPLES.get(path, path).format(**said), is_member=True)


def page_routes() -> set[str]:
    """Return the addresses that answer a browser with a page."""
    found = {
        route.path
        for route in (*routes, *oauth)
        if isinstance(route, Route) and "GET" in (route.methods or ())
    }
    return (found | set(shared)) - NO_PAGES
