"""What scopes mean to the person who is asked: short sentences, grouped, never the scope itself."""

from collections.abc import Iterable

from microfed.scopes import covers
from microfed.words import N_

# Each sentence stands for what is under it; the first that is allowed as a whole is said.
_SENTENCES = (
    ("read", N_("Read all that you can read here, your private messages too")),
    ("read:accounts", N_("See your profile and those of others")),
    ("read:statuses", N_("Read the posts that you can read, your private messages too")),
    ("read:notifications", N_("Read your notifications")),
    ("read:search", N_("Search in your name")),
    ("read:bookmarks", N_("See what you bookmarked")),
    ("read:favourites", N_("See what you marked as a favourite")),
    ("read:lists", N_("See your lists")),
    ("read:filters", N_("See what you filter out")),
    ("read:collections", N_("See your collections")),
    ("read:follows", N_("See whom you follow and who follows you")),
    ("read:blocks", N_("See whom you blocked")),
    ("read:mutes", N_("See whom you muted")),
    ("write", N_("Act in your name: post, answer, delete, follow, change your profile")),
    ("write:statuses", N_("Post and delete posts in your name")),
    ("write:media", N_("Upload pictures and other files")),
    ("write:accounts", N_("Change your profile")),
    ("write:favourites", N_("Mark posts as favourites")),
    ("write:bookmarks", N_("Bookmark posts")),
    ("write:lists", N_("Change your lists")),
    ("write:filters", N_("Change what you filter out")),
    ("write:collections", N_("Change your collections")),
    ("write:notifications", N_("Dismiss your notifications")),
    ("write:conversations", N_("Mark your private messages as read, or remove them")),
    ("write:reports", N_("Report posts and people in your name")),
    ("follow", N_("Follow, block and mute people in your name")),
    ("write:follows", N_("Follow people in your name")),
    ("write:blocks", N_("Block people in your name")),
    ("write:mutes", N_("Mute people in your name")),
    ("push", N_("Send you notifications")),
    ("profile", N_("Know who you are")),
    ("admin:read", N_("See what those who look after this place see, if you are one of them")),
    ("admin:write", N_("Do what those who look after this place do, if you are one of them")),
)
_PARTS_OF_FOLLOW = frozenset(
    f"{kind}:{what}" for kind in ("read", "write") for what in ("follows", "blocks", "mutes")
)


def sentences_for(scopes: Iterable[str]) -> list[str]:
    """Return what an app with `scopes` may do, in messages to translate."""
    held = frozenset(scopes)
    said = []
    for scope, sentence in _SENTENCES:
        if scope.startswith("admin:"):
            is_meant = any(one == scope or one.startswith(f"{scope}:") for one in held)
        elif scope in _PARTS_OF_FOLLOW and "follow" in held:
            is_meant = False
        else:
            kind, colon, _ = scope.partition(":")
            is_meant = covers(held, scope) and not (colon and kind in held)
        if is_meant:
            said.append(sentence)
    return said
