"""Correcting what one said, and reading how a post read before."""

from dataclasses import dataclass, replace
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Invalid, NotFound
from microfed.fetching import carry_out
from microfed.forms import reading_files
from microfed.house import house_of
from microfed.ids import moment_of, parse_id
from microfed.operations.polls import options_of
from microfed.operations.post_parts import MOST_MEDIA
from microfed.operations.wishes import Wish, correct
from microfed.pages import page
from microfed.queries.aid import aid_of
from microfed.queries.context import history_of
from microfed.queries.events import event_of
from microfed.queries.posts import load_posts
from microfed.queries.sessions import SignedIn
from microfed.queries.uploads import uploads_in
from microfed.queries.views import PostView
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.polls import Poll
from microfed.store.posts import Post
from microfed.text import bare_text
from microfed.vocab.audience import Audience
from microfed.web import pictures
from microfed.web.looking import member_of, to_the_door, viewer_of
from microfed.web.typed import Typed, blank, typed_again, typed_from
from microfed.words import LANGUAGES, N_

_EMPTY = N_("There are no words in it any more. To delete it, take it back.")
_LONG = N_("This is too long: 5,000 characters at most.")


@dataclass(frozen=True, slots=True)
class Version:
    """How a post read from a moment on."""

    at: datetime
    title: str | None
    content: str
    warning: str
    options: tuple[str, ...]
    pictures: int


def wish_like(tx: Tx, post: Post) -> Wish:
    """Return a wish for the very same post, so that it can be written again."""
    poll = tx.session.get(Poll, post.id) if post.kind == "question" else None
    return Wish(
        text=_words(post),
        warning=post.warning,
        is_sensitive=post.is_sensitive,
        language=post.language,
        audience=Audience(post.audience),
        in_reply_to_id=post.in_reply_to_id,
        media_ids=tuple(uploads_in(tx, post.id)) or None,
        options=tuple(title for title, _ in options_of(tx, post.id)) if poll else (),
        is_multiple=poll is not None and poll.is_multiple,
        hides_totals=poll is not None and poll.hides_totals,
    )


async def edit_page(request: Request) -> Response:
    """Show the form with the words as they are."""
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    if member is None:
        return to_the_door(request)
    if await house_of(request).db.read(lambda tx: aid_of(tx, _own(tx, member, id_).id) is not None):
        return RedirectResponse(f"/entraide/{id_}/edit", 303)
    if await house_of(request).db.read(lambda tx: _is_event(tx, _own(tx, member, id_))):
        return RedirectResponse(f"/agenda/{id_}/edit", 303)
    wish = await house_of(request).db.read(lambda tx: wish_like(tx, _own(tx, member, id_)))
    uploads = await pictures.uploads_of(
        house_of(request), owner_id=member.actor_id, ids=wish.media_ids or (), post_id=id_
    )
    draft = replace(_empty(member, wish, id_), uploads=uploads)
    return _form(request, draft)


async def edit(request: Request) -> Response:
    """A member corrects what they said: it is corrected everywhere it went."""
    member, id_ = await need_member(request), parse_id(request.path_params["id"])
    await member_of(request)
    house = house_of(request)
    before = await house.db.read(lambda tx: wish_like(tx, _own(tx, member, id_)))
    async with reading_files(request, most=pictures.MOST_FORM) as sent:
        given, deed = sent.fields, sent.fields.get("deed", "")
        try:
            media = await house.db.write(
                lambda tx: pictures.note_descriptions(
                    tx, owner_id=member.actor_id, fields=given, post_id=id_
                )
            )
        except Invalid:
            return await _again(
                request, member, before, given, pictures.ids_in(given), mistake=pictures.LONG
            )
        files = [file for name, file in sent.files if name == "files"]
        fresh, notice = await pictures.take_files(
            request, owner_id=member.actor_id, files=files, room=MOST_MEDIA - len(media)
        )
    media = [*media, *fresh]
    if files or deed in ("add", "look"):
        notice = notice or (pictures.READY if fresh else "")
        return await _again(request, member, before, given, media, notice=notice, status=200)
    language = given.get("language", "")
    wish = Wish(
        text=given.get("source", "").strip(),
        warning=given.get("warning", ""),
        is_sensitive="sensitive" in given,
        language=language if language in LANGUAGES else before.language,
        media_ids=tuple(media),
    )

    def work(tx: Tx) -> None:
        post = _own(tx, member, id_)
        if not (wish.text or wish.media_ids or post.kind == "question"):
            raise Invalid("a post needs words")
        correct(tx, author=tx.session.get_one(Actor, member.actor_id), post=post, wish=wish)

    try:
        await carry_out(house, work, waits=False)
    except Invalid as invalid:
        if "media_ids" in invalid.details:
            return await _again(request, member, before, given, media, notice=pictures.STILL)
        mistake = _LONG if wish.text else _EMPTY
        return await _again(request, member, before, given, media, mistake=mistake)
    return RedirectResponse(f"/posts/{id_}", 303)


async def history_page(request: Request) -> Response:
    """How a post read before, oldest first, and how it reads now; for whoever may see it."""
    viewer, id_ = await viewer_of(request), parse_id(request.path_params["id"])

    def work(tx: Tx) -> tuple[PostView, list[Version]]:
        post = need_visible_post(tx, viewer, id_=id_)
        if post.boost_of_id is not None:
            raise NotFound("there is no such post")
        versions = [
            Version(
                moment_of(edit.id),
                edit.title,
                edit.content,
                edit.warning,
                tuple((edit.extras or {}).get("poll", ())),
                len((edit.extras or {}).get("media", ())),
            )
            for edit in history_of(tx, post)
        ]
        if versions:  # the first version was said when the post was
            versions[0] = replace(versions[0], at=moment_of(post.id))
        return load_posts(tx, [id_], viewer)[0], versions

    post, versions = await house_of(request).db.read(work)
    return page(request, "history.html", is_kept=False, post=post, versions=versions)


def _own(tx: Tx, member: SignedIn, id_: int) -> Post:
    """Return someone's own post: for others there is none to correct."""
    post = tx.session.get(Post, id_)
    if post is None or post.actor_id != member.actor_id or post.boost_of_id is not None:
        raise NotFound("there is no such post")
    return post


def _is_event(tx: Tx, post: Post) -> bool:
    return post.kind == "event" and event_of(tx, post.id) is not None


def _words(post: Post) -> str:
    # What another program wrote as HTML has no source: its bare words are what can be corrected.
    return post.source if post.source is not None else bare_text(post.content)


def _empty(member: SignedIn, wish: Wish, id_: int) -> Typed:
    audience = Audience(wish.audience or Audience.LOCAL)
    form = replace(blank(member), audience=audience, audiences=(audience,), post_id=id_)
    return replace(typed_from(form, wish, draft_id=0), draft_id=None)


async def _again(
    request: Request,
    member: SignedIn,
    before: Wish,
    given: dict[str, str],
    media: list[int],
    *,
    mistake: str = "",
    notice: str = "",
    status: int = 422,
) -> Response:
    """Show the form with what was typed and brought, and what is amiss."""
    id_ = parse_id(request.path_params["id"])
    uploads = await pictures.uploads_of(
        house_of(request), owner_id=member.actor_id, ids=media, post_id=id_
    )
    draft = replace(typed_again(_empty(member, before, id_), given, uploads), draft_id=None)
    return _form(request, draft, status=status, mistake=mistake, notice=notice)


def _form(
    request: Request, draft: Typed, *, status: int = 200, mistake: str = "", notice: str = ""
) -> Response:
    return page(
        request,
        "edit.html",
        status=status,
        is_kept=False,
        draft=draft,
        mistake=mistake,
        notice=notice,
    )
