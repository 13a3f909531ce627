"""Articles, pages, films, events: whatever others publish becomes a post that can be read.

A title, the words or at least their beginning, and where to find the whole (interop.md §3.3).
"""

import html
from datetime import datetime

from microfed.text import clean_html
from microfed.vocab.events import read_happening
from microfed.vocab.objects import Note
from microfed.vocab.reading import documents, types, word

_PLAIN = frozenset(("text/markdown", "text/plain"))
_ELSEWHERE = frozenset(("Video", "Audio", "Event"))


def readable(note: Note) -> str:
    """Return the safe HTML of a post from elsewhere, of whatever type."""
    is_plain = note.document.get("mediaType") in _PLAIN  # PeerTube writes Markdown
    content = clean_html(_paragraphs(note.content) if is_plain else note.content)
    if note.type in ("Note", "Question", "ChatMessage"):
        return content
    if not content:
        content = clean_html(word(note.document.get("summary")) or "")
    happening = read_happening(note.document)
    if happening is not None:
        when = " · ".join(part for part in (_moment(happening.starts), happening.place) if part)
        content = f"<p>{html.escape(when, quote=False)}</p>{content}"
    links = [
        word(item.get("href"))
        for item in documents(note.document.get("attachment"))
        if "Link" in types(item)
    ]
    if note.type in _ELSEWHERE or not content:
        links.append(note.url)
    for link in dict.fromkeys(links):
        if link and link.startswith(("https://", "http://")):
            address = html.escape(link)
            content += clean_html(f'<p><a href="{address}">{address}</a></p>')
    return content


def warning_of(note: Note) -> str:
    """Return what warns of a post. The summary of an article is its beginning, no warning."""
    is_short = note.type in ("Note", "Question", "ChatMessage", "Image")
    return note.warning if is_short or note.is_sensitive else ""


def _moment(starts: str) -> str:
    try:
        read = datetime.fromisoformat(starts)
    except ValueError:
        return starts[:40]
    return read.strftime("%Y-%m-%d %H:%M")


def _paragraphs(text: str) -> str:
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n")]
    safe = (html.escape(part, quote=False).replace("\n", "<br>") for part in parts if part)
    return "".join(f"<p>{part}</p>" for part in safe)
