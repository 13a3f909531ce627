"""What the page says about archives that members bring: refusals, what is in one and left out."""

from microfed.vocab.archive_contents import PARTS
from microfed.words import N_

NO_ARCHIVE = N_("This is not an archive: its name ends in .zip or .tar.gz.")
# Why a file is not taken.
REFUSED = {
    "no_archive": NO_ARCHIVE,
    "unsafe": N_("This archive names files outside of itself. No place makes such archives."),
    "too_large": N_("There is more in this archive than can be read here."),
    "no_outbox": N_("There is no outbox.json in it: this is not an archive with posts."),
    "no_actor": N_("There is no actor.json in it that says whose posts these are."),
    "nothing": N_("There is nothing in this archive that can be read here."),
    "of_a_neighbour": N_("This is the archive of somebody else who lives here."),
    "broken": N_("This archive is broken: it cannot be read to its end."),
}
# Why a part of it is left out; each is said of a number of things.
LEFT = {
    "boost": N_("Posts of others that you passed on: they are not yours to bring."),
    "foreign": N_("Posts that somebody else wrote."),
    "private": N_("Private messages: they stay between you and those you wrote to."),
    "answer": N_("Answers to others: without what they answer they say little."),
    "vote": N_("Votes in polls of others."),
    "undated": N_("Posts without a date that can be read."),
    "empty": N_("Posts in which nothing is said."),
    "unreadable": N_("Things that are no posts, or cannot be read."),
    "known": N_("Posts that are here already: nothing is brought twice."),
    "file_missing": N_("Pictures, sound and film that are not in the archive."),
    "file_refused": N_("Pictures, sound and film that cannot be shown here."),
    "file_too_many": N_("Pictures beyond the fourth of a post."),
}
# What can be in it, and what becomes of that.
_PARTS = {
    "posts": (
        N_("Your posts"),
        N_("Each stands on your page at its old date. Nobody is told."),
    ),
    "profile": (
        N_("Your page: name, words, facts and pictures"),
        N_("What is empty here is filled; what you wrote here stays."),
    ),
    "blocks": (N_("People you blocked"), N_("They are blocked here too.")),
    "mutes": (N_("People you muted"), N_("You do not hear them here either.")),
    "domains": (N_("Servers you shut out"), N_("You hear nothing from them.")),
    "following": (
        N_("People you followed"),
        N_("Each is asked whether you may follow from here: they see it."),
    ),
    "lists": (
        N_("Lists of people to read apart"),
        N_("Whoever stands on one is followed too."),
    ),
    "bookmarks": (
        N_("Posts you kept"),
        N_("You find them among what you keep for later. Nobody is told."),
    ),
    "likes": (
        N_("Posts you liked"),
        N_("They are kept for later, for your eyes alone: nobody is thanked a second time."),
    ),
    "filters": (N_("Filters"), N_("One that is called the same here stays as it is.")),
    "tags": (N_("Hashtags you follow"), N_("Nobody is told.")),
    "balance": (N_("Your balance"), N_("The days you wrote down, for your eyes alone.")),
    "directory": (
        N_("What you said of yourself in the directory"),
        N_("In another place your neighbours are others: you choose anew who sees it."),
    ),
    "settings": (N_("Settings"), N_("Colours, and whom your words are for at first.")),
    "circles": (
        N_("Circles of people"),
        N_("In one is who follows you here already; nobody else is put into it."),
    ),
    "notes": (N_("Your notes on people"), N_("For your eyes alone.")),
}
# There is one of each at most: a number would say nothing.
ALONE = ("profile", "directory", "settings")
PART_WORDS = {part: _PARTS[part] for part in PARTS}
