"""What the page says about lists that a member brings: kinds, refusals, and lines left out."""

from microfed.vocab.brought_lists import KINDS
from microfed.words import N_

_KINDS = {
    "following": N_("People to follow"),
    "blocks": N_("People to block"),
    "mutes": N_("People to mute"),
    "domains": N_("Servers to shut out"),
    "bookmarks": N_("Posts to keep"),
    "likes": N_("Posts I liked, to keep"),
    "lists": N_("Lists of people to read apart"),
}
KIND_WORDS = {kind: _KINDS[kind] for kind in KINDS}
# Lists that come in an archive alone.
LIST_TITLES = KIND_WORDS | {
    "circle_people": N_("Who is in your circles"),
    "notes": N_("Your notes on people"),
}
# Why a whole file is not taken.
LIST_REFUSED = {
    "no_text": N_("This file is no text: choose the one that ends in .csv."),
    "empty": N_("There is nothing in this file."),
    "other_kind": N_("This file holds something else: choose what is in it, and the file again."),
    "too_many": N_("There are more than 10,000 lines in it: bring it in parts."),
}
LIST_LARGE = N_("This file is larger than 1 MB: bring it in parts.")
# Why a line is left out; each is said of a number of lines.
LIST_LEFT = {
    "bad": N_("Lines that cannot be read."),
    "unknown": N_("Nobody and nothing is found there, or not by you."),
    "away": N_("Their server does not answer: bring the file once more another day."),
    "refused": N_("It cannot be done: they do not let you, or there is no room for more."),
    "broken": N_("Something went wrong here: bring the file once more."),
    "known": N_("Here already: it stays as it is."),
    "beyond": N_("Lines beyond the 20,000th."),
    "gone": N_("Taken away here: the file does not name it."),
    "stays": N_(
        "Not taken away, though the file does not name it: some of its lines are unreadable."
    ),
}
