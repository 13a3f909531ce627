"""What an app writes in its composer, as a wish."""

from microfed.asking import Asker
from microfed.mastodon.params import Params, invalid
from microfed.operations.wishes import Wish
from microfed.vocab.audience import Audience

AUDIENCES = {
    "public": Audience.PUBLIC,
    "unlisted": Audience.QUIET,
    "private": Audience.FOLLOWERS,
    "direct": Audience.PEOPLE,
    # Ours, and the words of others for the same (issue of apps: they know only the four above).
    "quiet": Audience.QUIET,
    "followers": Audience.FOLLOWERS,
    "people": Audience.PEOPLE,
    "local": Audience.LOCAL,
    "ring": Audience.RING,
    "circle": Audience.CIRCLE,
    "limited": Audience.CIRCLE,
}
EYES = ("\N{EYE}", "\N{EYE}\N{VARIATION SELECTOR-16}")
_LANGUAGE_LENGTH = 12


def read_wish(params: Params, asker: Asker, *, application: str | None = None) -> Wish:
    """Return what an app asks to post. Raises Invalid for what makes no sense."""
    text = params.text("status", "") or ""
    audience = _audience(params)
    for eye in EYES:  # glitch-soc's sign for "stays here", typed at the end
        if text.rstrip().endswith(eye):
            text, audience = text.rstrip().removesuffix(eye).rstrip(), Audience.LOCAL
            break
    poll = params.inside("poll")
    return Wish(
        text=text,
        warning=params.text("spoiler_text", "") or "",
        is_sensitive=params.boolean("sensitive"),
        language=_language(params),
        audience=audience,
        in_reply_to_id=params.id_("in_reply_to_id"),
        quoted_id=params.id_("quoted_status_id") or params.id_("quote_id"),
        quote_policy=params.text("quote_approval_policy") or None,
        media_ids=tuple(params.ids("media_ids")) if "media_ids" in params else None,
        options=tuple(poll.texts("options")),
        lasts_seconds=poll.whole("expires_in", 86_400) or 0,
        is_multiple=poll.boolean("multiple"),
        hides_totals=poll.boolean("hide_totals"),
        application=application,
        circle_id=params.id_("circle_id") if audience is Audience.CIRCLE else None,
    )


def _audience(params: Params) -> Audience | None:
    word = params.text("visibility")
    if params.boolean("local_only"):
        return Audience.LOCAL
    if not word:
        return None
    if word not in AUDIENCES:
        raise invalid("visibility", "is not included in the list", code="ERR_INCLUSION")
    return AUDIENCES[word]


def _language(params: Params) -> str | None:
    language = params.text("language")
    if not language:
        return None
    if len(language) > _LANGUAGE_LENGTH or not language.replace("-", "").isalnum():
        raise invalid("language", "is not included in the list", code="ERR_INCLUSION")
    return language
