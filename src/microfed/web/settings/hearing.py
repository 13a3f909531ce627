"""What a member wants to hear of: from people they hardly know, and before what they come to."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.forms import read_form
from microfed.house import house_of
from microfed.operations.event_reminders import WAYS, choose_reminders
from microfed.operations.notifications import set_policy
from microfed.outbound.notify import POLICY, VERDICTS
from microfed.queries.my_settings import load_habits
from microfed.queries.notifications import notification_policy
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.settings.door import saved, show
from microfed.words import N_

PATH = "/settings/notifications"
RULE_WORDS = {
    "for_not_following": N_("People I do not follow"),
    "for_not_followers": N_("People who do not follow me"),
    "for_new_accounts": N_("Accounts that are less than a month old"),
    "for_private_mentions": N_("Private words from people elsewhere whom I do not follow"),
    "for_limited_accounts": N_("People whom those who look after this place keep quiet"),
}
VERDICT_WORDS = {
    "accept": N_("Tell me"),
    "filter": N_("Keep it apart until I look"),
    "drop": N_("Do not tell me"),
}

REMINDER_WORDS = {
    "news": N_("Here and in my apps"),
    "mail": N_("There, and by mail"),
    "none": N_("Not at all"),
}


async def hearing_page(request: Request, member: SignedIn) -> Response:
    """GET: what the member said so far; else what goes without saying."""
    house = house_of(request)
    said = await house.db.read(lambda tx: notification_policy(tx, member.actor_id))
    habits = await house.db.read(lambda tx: load_habits(tx, member.actor_id))
    return show(
        request,
        "hearing",
        policy={**POLICY, **said},
        rules=RULE_WORDS,
        verdicts=VERDICT_WORDS,
        reminders=REMINDER_WORDS,
        reminder=habits.get("event_reminder", WAYS[0]),
        has_mail=bool(house.settings.smtp_url),
    )


async def change_what_i_hear(request: Request, member: SignedIn) -> Response:
    """POST: all of it; what no form of ours offers changes nothing."""
    given = await read_form(request)
    wishes = {name: given[name] for name in POLICY if given.get(name) in VERDICTS}

    def work(tx: Tx) -> None:
        set_policy(tx, actor=tx.session.get_one(Actor, member.actor_id), wishes=wishes)
        if given.get("event_reminder") in WAYS:
            choose_reminders(tx, member_id=member.actor_id, way=given["event_reminder"])

    await house_of(request).db.write(work)
    return saved(PATH)
