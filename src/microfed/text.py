"""Text: what people type becomes safe HTML, what others send becomes safe HTML. Pure."""

import html
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import nh3
from linkify_it import LinkifyIt

_TAGS = {
    *("p", "br", "span", "a", "del", "s", "pre", "code", "em", "strong", "b", "i", "u", "sub"),
    *("sup", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),
}
_CLASSES = {"mention", "hashtag", "h-card", "u-url", "quote-inline"}
# `invisible` and `ellipsis` are left out on purpose: they let a link hide where it leads
# (CVE-2023-36462).
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "svg"},
    attributes={"a": {"href", "translate"}, "ol": {"start", "reversed"}, "li": {"value"}},
    allowed_classes={"a": _CLASSES, "span": _CLASSES},
    url_schemes={"http", "https", "mailto", "xmpp", "gemini", "magnet"},
    link_rel="nofollow noopener noreferrer",
    url_relative="deny",
)
_BARE = nh3.Cleaner(tags=set(), clean_content_tags={"script", "style"}, link_rel=None)

# A name as we and Mastodon take it; a host with an optional port (tests live on localhost:8001).
HANDLE = r"@?([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?:@([A-Za-z0-9.\-]+(?::[0-9]{1,5})?))?"
_MENTION = re.compile(r"(?<![\w/@.=&])@" + HANDLE[2:], re.ASCII)
_HASHTAG = re.compile(r"(?<![\w/&#])#(\w*[^\W\d_]\w*)")
_BREAKS = re.compile(r"\n{2,}")
# What links of ours and of others look like once cleaned, where they show their own address.
_BARE_LINK = re.compile(r'(<a href="(https?://[^"]+)"[^>]*>)\2</a>')
_LONGEST_SHOWN = 30
# Safe HTML, as far as its emojis go: tags (in whose attributes a ">" may stand), and short codes.
_PARTS = re.compile(
    r'<(?P<end>/)?(?P<verbatim>(?:pre|code)\b)?(?:"[^"]*"|[^">])*>'
    r"|(?<![A-Za-z0-9]):(?P<name>[A-Za-z0-9_]{2,64}):(?![A-Za-z0-9])"
)
_ENDS = re.compile(r"<br\s*/?>|</p>|</li>|</blockquote>|</h[1-6]>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """Someone a text may name: where their page is and what to call them."""

    username: str
    url: str


LONGEST_EMOJI = 16  # families and flags are long


def clean_text(text: str) -> str:
    """Return `text` without what no database keeps: NUL and lone surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text.encode("utf-8", "ignore").decode("utf-8")


def clean_html(dirty: str) -> str:
    """Return HTML from elsewhere with only harmless tags; cleaning twice changes nothing."""
    cleaned: str = _CLEANER.clean(clean_text(dirty))
    return cleaned


def bare_text(dirty: str) -> str:
    """Return the words of some HTML, for titles, previews and search."""
    broken = _ENDS.sub("\n", dirty)
    return html.unescape(_BARE.clean(clean_text(broken))).strip()


def excerpt(dirty: str, most: int = 200) -> str:
    """Return the first words of some HTML, on one line."""
    words = " ".join(bare_text(dirty).split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def with_short_links(safe: str) -> str:
    """Return safe HTML whose bare addresses show where they lead and how they begin.

    The host always stands there whole: nothing hides where a link leads.
    """
    return _BARE_LINK.sub(_shortened, safe)


def _shortened(link: re.Match[str]) -> str:
    shown = html.unescape(link[2]).partition("://")[2].removeprefix("www.").rstrip("/")
    most = max(_LONGEST_SHOWN, shown.find("/") + 1)
    if "/" in shown and len(shown) > most:
        shown = shown[:most] + "…"
    return f"{link[1]}{html.escape(shown)}</a>"


def with_emojis(safe: str, pictures: Mapping[str, str]) -> str:
    """Return safe HTML in which `:name:` is a picture, for the names in `pictures`.

    `pictures` says where each is shown. Addresses and code stay as they are.
    """
    if not pictures or ":" not in safe:
        return safe
    out: list[str] = []
    at = depth = 0
    for part in _PARTS.finditer(safe):
        if part["verbatim"]:
            depth += -1 if part["end"] else 1
        elif not depth and part["name"] in pictures:
            out += safe[at : part.start()], _picture(part[0], pictures[part["name"]])
            at = part.end()
    return "".join([*out, safe[at:]])


def _picture(code: str, url: str) -> str:
    return (
        f'<img class="emoji" src="{html.escape(url)}" alt="{code}" title="{code}"'
        ' width="20" height="20" loading="lazy">'
    )


def called(written: str, username: str, emojis: Collection[Mapping[str, Any]] | None) -> str:
    """Return what to call someone in words alone: their name without the codes of their emojis."""
    if not emojis or written.count(":") < 2:
        return written or username
    for emoji in emojis:
        written = written.replace(f":{emoji['shortcode']}:", " ")
    return " ".join(written.split()) or username


def tag_key(name: str) -> str:
    """Return what two spellings of a hashtag share."""
    return unicodedata.normalize("NFKC", name.lstrip("#")).lower()


def find_handles(source: str) -> list[str]:
    """Return the `name` or `name@host` of everyone a text mentions, in order, each once."""
    found = (_handle(match) for match in _MENTION.finditer(_without_links(source)))
    return list(dict.fromkeys(found))


def is_emoji(text: str) -> bool:
    """Say whether a text is one emoji of Unicode: a picture, with what may be joined to it."""
    if not text or len(text) > LONGEST_EMOJI or any(char.isalpha() for char in text):
        return False
    kinds = [unicodedata.category(char) for char in text]
    return ("So" in kinds or "\u20e3" in text) and not {"Zs", "Cc", "Cn"} & set(kinds)


def find_tags(source: str) -> list[str]:
    """Return the hashtags of a text as typed, each once."""
    first: dict[str, str] = {}
    for match in _HASHTAG.finditer(_without_links(source)):
        first.setdefault(tag_key(match[1]), match[1])
    return list(first.values())


def plain_to_html(source: str, *, named: Mapping[str, Named], tag_url: Callable[[str], str]) -> str:
    """Return what a neighbour typed as HTML: paragraphs, links, mentions and hashtags.

    `named` holds, by handle as in `find_handles`, the people that are known; other handles stay
    words. The markup is Mastodon's, which every peer and app reads (interop.md §3.3).
    """
    source = clean_text(source).replace("\r\n", "\n").replace("\r", "\n").strip()
    if not source:
        return ""
    paragraphs = (
        _inline(paragraph, named, tag_url).replace("\n", "<br>")
        for paragraph in _BREAKS.split(source)
    )
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _inline(text: str, named: Mapping[str, Named], tag_url: Callable[[str], str]) -> str:
    out, at = [], 0
    for start, end, url in _links(text):
        out.append(_names(text[at:start], named, tag_url))
        shown = html.escape(text[start:end])
        out.append(f'<a href="{html.escape(url)}" rel="nofollow noopener noreferrer">{shown}</a>')
        at = end
    out.append(_names(text[at:], named, tag_url))
    return "".join(out)


def _names(text: str, named: Mapping[str, Named], tag_url: Callable[[str], str]) -> str:
    out, at = [], 0
    for start, end, markup in _marks(text, named, tag_url):
        out.append(html.escape(text[at:start], quote=False))
        out.append(markup)
        at = end
    out.append(html.escape(text[at:], quote=False))
    return "".join(out)


def _marks(
    text: str, named: Mapping[str, Named], tag_url: Callable[[str], str]
) -> list[tuple[int, int, str]]:
    marks = []
    for match in _MENTION.finditer(text):
        person = named.get(_handle(match))
        if person is not None:
            marks.append(
                (
                    match.start(),
                    match.end(),
                    f'<span class="h-card"><a href="{html.escape(person.url)}" '
                    f'class="u-url mention">@<span>{html.escape(person.username)}</span></a>'
                    "</span>",
                )
            )
    for match in _HASHTAG.finditer(text):
        marks.append(
            (
                match.start(),
                match.end(),
                f'<a href="{html.escape(tag_url(tag_key(match[1])))}" class="mention hashtag" '
                f'rel="tag">#<span>{html.escape(match[1])}</span></a>',
            )
        )
    return sorted(marks)


def _handle(match: re.Match[str]) -> str:
    # A sentence may end with the address: "write to @bea@north.example."
    name, host = match[1], (match[2] or "").rstrip(".-").lower()
    return f"{name.lower()}@{host}" if host else name.lower()


@lru_cache(1)
def _linkifier() -> LinkifyIt:
    return LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})


def _links(text: str) -> list[tuple[int, int, str]]:
    if "://" not in text:
        return []
    found = _linkifier().match(text) or []
    return [
        (link.index, link.last_index, link.url)
        for link in found
        if link.schema in ("http:", "https:")
    ]


def _without_links(text: str) -> str:
    out, at = [], 0
    for start, end, _url in _links(text):
        out.append(text[at:start])
        out.append(" " * (end - start))
        at = end
    return "".join([*out, text[at:]])
