"""Open streams: what happens here reaches whoever is looking, as it happens.

A door opens a reader, says what it wants to hear of, and waits:

    with house.streams.open(asker.viewer, present=write_status, credential=...) as reader:
        reader.add(Topic("home"))
        while not reader.is_cut:
            event = await reader.next(seconds=15)   # None: nothing happened for a while

Each event is decided, and written down by `present`, for all readers at once in one read of the
database. A reader that does not keep up is cut; it never makes another one wait.
"""

from microfed.streams.hub import Streams
from microfed.streams.reader import Credential, Event, Present, Reader, Topic

__all__ = ["Credential", "Event", "Present", "Reader", "Streams", "Topic"]
