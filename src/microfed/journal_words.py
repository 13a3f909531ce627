"""The journal of those who look after the place, in sentences: one for each deed there is."""

from microfed.words import N_, Words

SENTENCES = {
    "letter_on": N_("%(who)s chose when the letter goes out"),
    "letter_off": N_("%(who)s stopped the letter"),
    "approve": N_("%(who)s let %(whom)s in"),
    "reject": N_("%(who)s did not let %(whom)s in"),
    "erase": N_("%(who)s deleted the account of %(whom)s"),
    "ask_erase": N_("%(who)s wants the account of %(whom)s deleted; another admin must agree"),
    "make_member": N_("%(who)s made %(whom)s a member like others"),
    "make_organiser": N_("%(who)s made %(whom)s an organiser"),
    "make_admin": N_("%(who)s made %(whom)s an admin"),
    "reset_sign_in": N_("%(who)s gave %(whom)s a link to sign in again"),
    "drop_device": N_("%(who)s gave %(whom)s, whose device is lost, a link to sign in again"),
    "warn": N_("%(who)s wrote to %(whom)s"),
    "freeze": N_("%(who)s let %(whom)s sign in no more"),
    "mark_sensitive": N_("%(who)s veiled the pictures of %(whom)s"),
    "silence": N_("%(who)s keeps %(whom)s quiet"),
    "suspend": N_("%(who)s shut %(whom)s out"),
    "lift_freeze": N_("%(who)s let %(whom)s sign in again"),
    "lift_mark_sensitive": N_("%(who)s shows the pictures of %(whom)s again"),
    "lift_silence": N_("%(who)s lets %(whom)s be heard again"),
    "lift_suspend": N_("%(who)s let %(whom)s come back"),
    "take_up": N_("%(who)s took up a report about %(whom)s"),
    "put_down": N_("%(who)s put down a report about %(whom)s"),
    "settle": N_("%(who)s settled a report about %(whom)s"),
    "reopen": N_("%(who)s looks at a report about %(whom)s again"),
    "remove_post": N_("%(who)s took a post of %(whom)s away"),
    "mark_post": N_("%(who)s put a post of %(whom)s behind a veil"),
    "give_way_to_object": N_("%(who)s gave %(whom)s a link to object"),
    "grant_appeal": N_("%(who)s granted the objection of %(whom)s"),
    "refuse_appeal": N_("%(who)s upheld what %(whom)s objected to"),
    "domain_block": N_("%(who)s shut out the server %(whom)s"),
    "domain_limit": N_("%(who)s keeps the server %(whom)s quiet"),
    "domain_reject_media": N_("%(who)s takes no pictures from the server %(whom)s"),
    "domain_allow": N_("%(who)s lets in the server %(whom)s"),
    "alliance_propose": N_("%(who)s proposed an alliance to %(whom)s"),
    "alliance_end": N_("%(who)s ended the alliance with %(whom)s"),
    "advice_share": N_("%(who)s lets allies see the rules for servers"),
    "advice_keep": N_("%(who)s keeps the rules for servers from allies"),
    "domain_note": N_("%(who)s noted something about the server %(whom)s"),
    "domain_forget": N_("%(who)s let go the rule about the server %(whom)s"),
    "list_subscribe": N_("%(who)s subscribed to the list %(whom)s"),
    "list_unsubscribe": N_("%(who)s ended the subscription to the list %(whom)s"),
    "refuse_email": N_("%(who)s lets nobody move in with addresses of %(whom)s"),
    "refuse_network": N_("%(who)s made a rule for the network %(whom)s"),
    "drop_email_rule": N_("%(who)s let go a rule about addresses"),
    "drop_address_rule": N_("%(who)s let go the rule for the network %(whom)s"),
    "federation_open": N_("%(who)s opened this place to every server"),
    "federation_allowlist": N_("%(who)s let this place speak with listed servers alone"),
    "federation_ring": N_("%(who)s let this place speak with its allies alone"),
    "federation_closed": N_("%(who)s let this place keep to itself"),
    "registration_open": N_("%(who)s opened the door to everybody"),
    "registration_approval": N_("%(who)s opened the door to those who are let in one by one"),
    "registration_invite": N_("%(who)s opened the door to those who are invited"),
    "registration_closed": N_("%(who)s closed the door"),
    "groups_members": N_("%(who)s let everybody here make groups"),
    "groups_organisers": N_(
        "%(who)s let those who look after the place make groups, and no others"
    ),
    "groups_nobody": N_("%(who)s let nobody make groups"),
    "close_group": N_("%(who)s closed the group %(whom)s"),
    "write_rules": N_("%(who)s wrote the rules anew"),
    "write_extended_description": N_("%(who)s wrote anew what this place is"),
    "write_privacy_policy": N_("%(who)s wrote anew what this place keeps about people"),
    "dress": N_("%(who)s changed how this place looks"),
    "hang_picture": N_("%(who)s hung up another picture of this place"),
    "take_picture_down": N_("%(who)s took the picture of this place down"),
    "give_emoji": N_("%(who)s gave the emoji %(whom)s"),
    "remove_emoji": N_("%(who)s took the emoji %(whom)s away"),
    "announce": N_("%(who)s announced: %(whom)s"),
    "change_announcement": N_("%(who)s corrected an announcement: %(whom)s"),
    "take_down_announcement": N_("%(who)s took down an announcement: %(whom)s"),
}
TAKEN_BACK = N_("taken back")
COMMAND_LINE = N_("The command line")
OTHER = N_("%(who)s did something about %(whom)s")


def sentence_for(action: str) -> str:
    """Return the message for a deed; it says `who` did it, and to `whom`."""
    return SENTENCES.get(action, OTHER)


def tell(words: Words, *, action: str, by: str, whom: str) -> str:
    """Return a deed as a sentence; `by` is empty for the command line."""
    who = f"@{by}" if by else words.say(COMMAND_LINE)
    return words.say(sentence_for(action), who=who, whom=whom or "…")
