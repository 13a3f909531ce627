"""Making a page: the templates, what each of them knows, and the headers that protect readers."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from microfed import clock
from microfed.house import house_of
from microfed.placing import look_of
from microfed.queries.views import PersonView
from microfed.statics import static_url
from microfed.text import excerpt, plain_to_html, with_emojis, with_short_links
from microfed.vocab.audience import Audience
from microfed.words import LANGUAGES, N_, Words, all_words, choose_language

TEMPLATES = Path(__file__).parent / "web" / "templates"
LANGUAGE_COOKIE, THEME_COOKIE = "language", "theme"
THEMES = ("light", "dark", "contrast")
# No script, style or frame that is not a file of ours; forms only lead back to us.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self' data:",
        "media-src 'self'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
AUDIENCES = {
    Audience.PEOPLE: N_("Only the people named"),
    Audience.CIRCLE: N_("A circle of people"),
    Audience.GROUP: N_("The members of a group"),
    Audience.FOLLOWERS: N_("Followers only"),
    Audience.LOCAL: N_("Your neighbours only"),
    Audience.RING: N_("Neighbours and allied places"),
    Audience.QUIET: N_("Everyone, quietly"),
    Audience.PUBLIC: N_("Everyone"),
}
AUDIENCES_TOLD = {
    Audience.PEOPLE: N_("Seen by the people named in it alone."),
    Audience.CIRCLE: N_("Seen by a circle of people alone."),
    Audience.GROUP: N_("Seen by the members of the group, and by nobody else."),
    Audience.FOLLOWERS: N_("Seen by those who follow its author, here and elsewhere."),
    Audience.LOCAL: N_("Seen by those who live here, and by nobody else."),
    Audience.RING: N_("Seen by those who live here or in an allied place."),
    Audience.QUIET: N_("Seen by everyone who comes across it; it stands on no public list."),
    Audience.PUBLIC: N_("Seen by everyone, here and elsewhere."),
}
_TINTS = 8


def words_of(request: Request) -> Words:
    """Return the words for whoever looks at this page, by the clock of the place."""
    # A test may bring its own languages; the server has those of the catalogs.
    known = getattr(request.app.state, "words", None) or all_words()
    language = choose_language(
        # An app may say which language its person reads; what they chose here counts more.
        wished=request.cookies.get(LANGUAGE_COOKIE)
        or request.query_params.get("lang", "").partition("-")[0],
        accepted=request.headers.get("accept-language", ""),
        otherwise=house_of(request).settings.language,
    )
    words: Words = known[language]
    return words.at(house_of(request).settings.timezone)


def page(
    request: Request, template: str, *, status: int = 200, is_kept: bool = True, **values: Any
) -> Response:
    """Return a page. `is_kept` lets a browser keep it as long as it asks whether it changed."""
    body = render(request, template, **values)
    headers = {**HEADERS, "Vary": "Accept, Accept-Language, Cookie"}
    if media := house_of(request).settings.media_url:
        for kind in ("img-src", "media-src"):
            policy = headers["Content-Security-Policy"]
            headers["Content-Security-Policy"] = policy.replace(f"{kind} ", f"{kind} {media} ")
    if not is_kept or status != 200:
        headers["Cache-Control"] = "no-store"
        return Response(body, status, headers, "text/html")
    headers["Cache-Control"] = "private, no-cache"
    headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(None, 304, headers)
    return Response(body, status, headers, "text/html")


def render(request: Request, template: str, **values: Any) -> bytes:
    """Return a filled-in template."""
    words, house, look = words_of(request), house_of(request), look_of(request)
    member = getattr(request.state, "member", None)
    # This browser's choice, else what the member chose in their settings.
    theme = request.cookies.get(THEME_COOKIE) or (member and member.habits.get("theme"))
    text = (
        _environment()
        .get_template(template)
        .render(
            {
                "_": words.say,
                "n_": words.count,
                "html_": words.markup,
                "words": words,
                "now": clock.now(),
                "here": house.db.here,
                "place": look.title or house.settings.title,
                "look": look,
                "zone": house.settings.timezone,
                "path": request.url.path,
                "back": _back(request),
                # Whoever looks, once a page has asked (asking.find_member).
                "member": member,
                "is_known": hasattr(request.state, "member"),
                "theme": theme if theme in THEMES else "",
                **values,
            }
        )
    )
    return text.encode()


def render_alone(template: str, words: Words | None = None, **values: Any) -> str:
    """Return a filled-in template that nobody's browser asked for, such as a file to keep."""
    given: dict[str, Any] = {"now": clock.now(), **values}
    if words is not None:
        said = {"_": words.say, "n_": words.count, "html_": words.markup, "words": words}
        given |= said
    return _environment().get_template(template).render(given)


def _back(request: Request) -> str:
    """Return where a reader comes back to after choosing a language."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


@lru_cache(1)
def _environment() -> Environment:
    """Return the one place where templates are compiled; each is compiled once, and kept."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "excerpt": excerpt,
        "said": _said,
        "typed": _typed,
        "drawn": _drawn,
        "named": _named,
    }
    environment.globals |= {
        "static": static_url,
        "languages": [(language, all_words()[language].name) for language in LANGUAGES],
        "audiences": AUDIENCES,
        "audiences_told": AUDIENCES_TOLD,
        "initial": _initial,
        "tint": _tint,
        "iso": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return environment


def _said(safe: str, emojis: Mapping[str, str]) -> Markup:
    """Return safe HTML as a page shows it; `emojis` says where its pictures are."""
    shown = with_emojis(with_short_links(safe), emojis)
    return Markup(shown)  # noqa: S704 - safe before, and after


def _typed(words: str, emojis: Mapping[str, str]) -> Markup:
    """Return what somebody typed as a page shows it; nobody is named in it."""
    return _said(plain_to_html(words, named={}, tag_url=lambda key: f"/tags/{key}"), emojis)


def _drawn(words: str, emojis: Mapping[str, str]) -> Markup:
    """Return a line of plain words, or what is marked as safe, with its emojis drawn."""
    return Markup(with_emojis(escape(words), emojis))  # noqa: S704 - escaped


def _named(person: PersonView) -> Markup | str:
    """Return someone's name as they write it, where it heads what they say."""
    return _drawn(person.written_name, person.emojis) if person.emojis else person.display_name


def _initial(name: str) -> str:
    """Return the first letter of a name, for those without a picture."""
    letters = [character for character in name if character.isalnum()]
    return letters[0].upper() if letters else "·"


def _tint(id_: int) -> int:
    """Return which of the colours stands for someone without a picture; always the same one."""
    # Ids of people who came in the same second differ in their low bits alone.
    return (id_ ^ id_ >> 16) % _TINTS
