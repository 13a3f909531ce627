"""The neighbourhood's letter written out: as text, as HTML, and as other servers show it.

One page, the same everywhere. No picture, nothing from elsewhere, no address that counts a click:
every link is one of ours, or as the one who wrote it typed it.
"""

from collections.abc import Iterator
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from microfed.queries.letter import Issue, Waiting
from microfed.queries.letter_sections import Line, Section
from microfed.words import N_, Words

SHOWN = 12  # of each part; the rest is where the part's title leads
_TITLE = N_("The letter of %(place)s, %(day)s")
_MORE = N_("and more on %(link)s")
_AND_MORE = N_("And more")
_QUIET = N_("It was a quiet week: nothing new that we may tell here.")
_WAITING = N_("Conversations that wait for you")
_FROM = N_("with %(names)s")
_UNTIL = N_("until %(day)s")
_WHERE = N_("On the web: %(link)s")
_STOP = N_("No more letters, in one click: %(link)s")
_WHY = N_("You get this letter because you asked for it. Nobody is told whether you read it.")


def title_of(words: Words, issue: Issue, zone: ZoneInfo) -> str:
    """Return what a letter is called."""
    day = words.day(issue.at.astimezone(zone))
    return words.say(_TITLE, place=issue.place, day=day)


def as_text(words: Words, issue: Issue, zone: ZoneInfo, *, url: str, stop: str) -> str:
    """Return a letter as text, complete: whoever reads no HTML misses nothing."""
    title = title_of(words, issue, zone)
    blocks = [title, "=" * min(len(title), 70)]
    blocks = ["\n".join(blocks)]
    if issue.words:
        blocks.append(issue.words)
    for section in issue.sections:
        heading = words.say(section.title)
        lines = [f"- {_said(words, line, zone)}\n  {url}{line.path}" for line in _first(section)]
        if len(section.lines) > SHOWN:
            lines.append(words.say(_MORE, link=f"{url}{section.path}"))
        blocks.append("\n".join([heading.upper(), *lines]))
    if issue.waiting is not None:
        heading = words.say(_WAITING).upper()
        blocks.append(f"{heading}\n- {_waiting(words, issue.waiting)}\n  {url}/talks")
    if issue.is_quiet:
        blocks.append(words.say(_QUIET))
    foot = [words.say(_WHY), words.say(_WHERE, link=f"{url}/lettre/{issue.week}")]
    blocks.append("\n".join(["-- ", *foot, words.say(_STOP, link=stop)]))
    return "\n\n".join(blocks) + "\n"


def as_mail(words: Words, issue: Issue, zone: ZoneInfo, *, url: str, stop: str) -> str:
    """Return a letter as the HTML of a mail: a whole page that loads nothing."""
    title = escape(title_of(words, issue, zone))
    foot = [escape(words.say(_WHY))]
    for said, link in ((_WHERE, f"{url}/lettre/{issue.week}"), (_STOP, stop)):
        shown = f'<a href="{escape(link)}">{escape(link)}</a>'
        foot.append(escape(words.say(said, link="\0")).replace("\0", shown))
    return (
        f'<!doctype html>\n<html lang="{words.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title></head>\n'
        '<body style="margin:0 auto;max-width:40em;padding:1em;'
        'font:16px/1.5 Georgia,serif;overflow-wrap:anywhere">\n'
        f"<h1>{title}</h1>\n{as_html(words, issue, zone, url=url)}\n"
        f'<hr><p style="font-size:14px">{"<br>".join(foot)}</p>\n</body></html>\n'
    )


def as_html(words: Words, issue: Issue, zone: ZoneInfo, *, url: str) -> str:
    """Return what is in a letter as HTML, without its title."""
    return "\n".join(_blocks(words, issue, zone, url))


def in_short(words: Words, issue: Issue, zone: ZoneInfo) -> str:
    """Return in paragraphs what is in a letter, for servers that show no more of it."""
    said = [issue.words] if issue.words else []
    for section in issue.sections:
        lines = "; ".join(_said(words, line, zone) for line in _first(section))
        said.append(f"{words.say(section.title)}: {lines}")
    said = said or [words.say(_QUIET)]
    # Mastodon takes the summary of an Article for HTML, where a line break is none.
    return "".join(f"<p>{escape(one).replace(chr(10), '<br>')}</p>" for one in said)


def _blocks(words: Words, issue: Issue, zone: ZoneInfo, url: str) -> Iterator[str]:
    if issue.words_html:
        yield f'<div translate="no">{issue.words_html}</div>'
    for section in issue.sections:
        yield f"<h2>{escape(words.say(section.title))}</h2>"
        lines = "".join(
            f'<li translate="no">{_linked(words, line, zone, url)}</li>' for line in _first(section)
        )
        yield f"<ul>{lines}</ul>"
        if len(section.lines) > SHOWN:
            more = escape(f"{url}{section.path}")
            yield f'<p><a href="{more}">{escape(words.say(_AND_MORE))}</a></p>'
    if issue.waiting is not None:
        link = escape(f"{url}/talks")
        yield f"<h2>{escape(words.say(_WAITING))}</h2>"
        yield f'<p><a href="{link}">{escape(_waiting(words, issue.waiting))}</a></p>'
    if issue.is_quiet:
        yield f"<p>{escape(words.say(_QUIET))}</p>"


def _first(section: Section) -> list[Line]:
    return list(section.lines[:SHOWN])


def _said(words: Words, line: Line, zone: ZoneInfo) -> str:
    before, after = _around(words, line, zone)
    return f"{before}{line.title}{after}"


def _linked(words: Words, line: Line, zone: ZoneInfo, url: str) -> str:
    before, after = _around(words, line, zone)
    link = escape(f"{url}{line.path}")
    return f'{escape(before)}<a href="{link}">{escape(line.title)}</a>{escape(after)}'


def _around(words: Words, line: Line, zone: ZoneInfo) -> tuple[str, str]:
    """Return what stands before the title of a thing, and after it."""
    before = f"{words.say(line.lead)} · " if line.lead else ""
    if line.at is not None:
        before = f"{_moment(words, line.at, zone)} · {before}"
    after = [line.where] if line.where else []
    if line.until is not None:
        after.append(words.say(_UNTIL, day=words.day(line.until.astimezone(zone))))
    if line.standing:
        after.append(words.say(line.standing))
    return before, "".join(f" · {part}" for part in after)


def _moment(words: Words, at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{words.weekday(local)}, {local:%H:%M}"


def _waiting(words: Words, waiting: Waiting) -> str:
    count = words.count("%(n)s conversation", "%(n)s conversations", waiting.count)
    names = ", ".join(waiting.names)
    return f"{count}, {words.say(_FROM, names=names)}" if names else count
