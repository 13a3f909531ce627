"""Finding one of some three hundred addresses without trying them one after the other."""

from collections import defaultdict
from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send


class ByPath(BaseRoute):
    """Routes under /api/: exact ones are looked up, the others tried per area (`/api/v1/lists`)."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = list(routes)
        self._exact: dict[str, list[Route]] = defaultdict(list)
        self._areas: dict[tuple[str, int], list[Route]] = defaultdict(list)
        for route in self.routes:
            if "{" in route.path:
                self._areas[_area(route.path)].append(route)
            else:
                self._exact[route.path].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return the route for a request; PARTIAL when only its method is wrong."""
        path: str = scope["path"]
        if scope["type"] != "http" or not path.startswith("/api/"):
            return Match.NONE, {}
        partial: tuple[Match, Scope] = (Match.NONE, {})
        found = (self._exact.get(path), self._areas.get(_area(path)))
        for routes in (*found, self._areas.get(("", path.count("/")))):
            for route in routes or ():
                match, inside = route.matches(scope)
                if match is Match.FULL:
                    return match, {**inside, "found_route": route}
                if match is Match.PARTIAL and partial[0] is Match.NONE:
                    partial = (match, {**inside, "found_route": route})
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route that was found answer."""
        route: Route = scope["found_route"]
        await route.handle(scope, receive, send)


def _area(path: str) -> tuple[str, int]:
    """Return the first three steps of a path and how many it has; `{…}` stands for one step."""
    steps = path.split("/", 4)
    return "/".join(steps[:4]) if "{" not in "/".join(steps[:4]) else "", path.count("/")
