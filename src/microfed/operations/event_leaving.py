"""Who leaves for good takes their answers to events along; the places they had go to who waits."""

from sqlalchemy import delete, select

from microfed.operations.jobs import add_job
from microfed.store.database import Tx
from microfed.store.events import EventAnswer


def leave_events(tx: Tx, actor_id: int) -> None:
    """Forget the answers of somebody; others get their places in a moment of their own."""
    had = select(EventAnswer.event_id).where(
        EventAnswer.actor_id == actor_id, EventAnswer.state == "going"
    )
    for event_id in tx.connection.scalars(had).all():
        add_job(tx, "free_places", key=str(event_id), arguments={"post_id": event_id})
    tx.connection.execute(delete(EventAnswer).where(EventAnswer.actor_id == actor_id))
