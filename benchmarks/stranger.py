"""Somebody elsewhere: an actor whose key is known to the server, and activities they signed."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.loopback import request
from microfed import clock
from microfed.ids import id_at
from microfed.keys import generate_rsa
from microfed.remote.signatures import Outgoing, Signer, sign_here

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


class Stranger:
    """An actor of another server that only exists on paper: all they send is signed beforehand."""

    def __init__(self, name: str = "eve", host: str = "elsewhere.test") -> None:
        self.uri = f"https://{host}/users/{name}"
        self.host = host
        self.name = name
        private, self.public = generate_rsa()
        self.signer = Signer(f"{self.uri}#main-key", private)

    def move_in(self, database: Path, *, followed_by: int | None = None) -> int:
        """Write the actor and the key into the database, and a follower of theirs here."""
        with closing(sqlite3.connect(database, timeout=30)) as db, db:
            actor_id = id_at(clock.now())
            insert_actor(db, actor_id, self.uri, self.name, self.host, f"{self.uri}/inbox")
            db.execute(
                "INSERT INTO actor_keys (id, uri, actor_id, algorithm, public)"
                " VALUES (?, ?, ?, 'rsa', ?)",
                (id_at(clock.now()), self.signer.key_id, actor_id, self.public),
            )
            if followed_by is not None:
                insert_follow(db, follower=followed_by, target=actor_id)
        return actor_id

    def create(self, number: int, *, host: str) -> bytes:
        """Return a signed POST of a Create to the shared inbox."""
        note = f"{self.uri}/notes/{number}"
        moment = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        audience = {"to": [PUBLIC], "cc": [f"{self.uri}/followers"]}
        words = "Au marché ce matin, il restait des pommes de la vallée et du pain. " * 4
        document = {
            "@context": ["https://www.w3.org/ns/activitystreams", {"Hashtag": "as:Hashtag"}],
            "id": f"{note}/activity",
            "type": "Create",
            "actor": self.uri,
            "published": moment,
            **audience,
            "object": {
                "id": note,
                "type": "Note",
                "attributedTo": self.uri,
                "inReplyTo": None,
                "published": moment,
                "url": note,
                **audience,
                "summary": None,
                "sensitive": False,
                "content": f"<p>{words} {number} <a href='https://elsewhere.test/tags/pain'"
                " class='mention hashtag'>#<span>pain</span></a></p>",
                "contentMap": {"fr": words},
                "attachment": [],
                "tag": [
                    {"type": "Hashtag", "href": "https://elsewhere.test/tags/pain", "name": "#pain"}
                ],
            },
        }
        return self.signed("/inbox", document, host=host)

    def signed(self, path: str, document: object, *, host: str) -> bytes:
        """Return a signed POST of any document."""
        body = json.dumps(document).encode()
        now = clock.now()
        headers = sign_here(
            self.signer,
            Outgoing(
                "POST",
                "http",
                host,
                path,
                now.strftime("%a, %d %b %Y %H:%M:%S GMT"),
                int(now.timestamp()),
                "application/activity+json",
                body,
            ),
        )
        sent = {"Host": host, **headers, "Content-Type": "application/activity+json"}
        return request("POST", path, sent, body)


def insert_actor(
    db: sqlite3.Connection, id_: int, uri: str, name: str, host: str, inbox: str
) -> None:
    """Write somebody elsewhere, known only by what a follower needs."""
    db.execute(
        "INSERT INTO actors (id, uri, username, name_key, host, kind, display_name, note, url,"
        " inbox_uri, followers_uri, is_locked, is_discoverable, is_indexable, is_memorial,"
        " hides_follows, fields, emojis, also_known_as, extras, followers_count, following_count,"
        " posts_count, version) VALUES (?, ?, ?, ?, ?, 'Person', ?, '', ?, ?, ?,"
        " 0, 0, 0, 0, 0, '[]', '[]', '[]', '{}', 0, 0, 0, 1)",
        (id_, uri, name, name, host, name, uri, inbox, f"{uri}/followers"),
    )


def insert_follow(db: sqlite3.Connection, *, follower: int, target: int) -> None:
    """Write a follow that was accepted."""
    id_ = id_at(clock.now())
    db.execute(
        "INSERT INTO follows (id, uri, follower_id, target_id, accepted_at, shows_boosts,"
        " notifies, languages) VALUES (?, ?, ?, ?, ?, 1, 0, '[]')",
        (id_, f"https://elsewhere.test/follows/{id_}", follower, target, 1_000),
    )
