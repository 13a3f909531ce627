"""How long a place of 100,000 posts takes from SQLite to PostgreSQL and back, and that it is equal.

python benchmarks/move_database.py postgresql://… [POSTS]
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert

from microfed import clock
from microfed.here import Here
from microfed.ids import id_at
from microfed.keeping.copying import copy_database
from microfed.operations.members import add_member, found_place
from microfed.operations.searching import make_findable
from microfed.store.database import Database
from microfed.store.dump import sums_of
from microfed.store.migrate import migrate
from microfed.store.posts import Post

HERE = Here("http://localhost:8000", "localhost:8000")


def main(postgres: str, posts: int = 100_000) -> None:
    folder = Path(tempfile.mkdtemp(prefix="microfed-move-"))
    first, last = f"sqlite:///{folder}/one.db", f"sqlite:///{folder}/two.db"
    fill(first, posts)
    sums = []
    for source, target in ((first, postgres), (postgres, last)):
        db, began = Database(source, HERE), time.monotonic()
        copy_database(db, target, work=folder, tell=lambda *_: None)
        print(
            f"{source.partition(':')[0]} → {target.partition(':')[0]}:"
            f" {time.monotonic() - began:.1f} s"
        )
        db.close()
    for url in (first, postgres, last):
        db = Database(url, HERE)
        with db.reading() as tx:
            sums.append(sums_of(tx.connection))
        db.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{sums[0].rows} rows; equal: {len({each.whole() for each in sums}) == 1}")
    print(f"sha256 {sums[0].whole()}; at most {memory} MiB")


def fill(url: str, posts: int) -> None:
    migrate(url)
    db = Database(url, HERE)
    with db.writing() as tx:
        found_place(tx, title="Here")
        ada = add_member(tx, name="ada").id
    for start in range(0, posts, 5_000):
        with db.writing() as tx:
            rows = []
            for number in range(start, min(start + 5_000, posts)):
                id_ = id_at(clock.now())
                words = f"<p>Message {number} du marché d'été, à l'église 🌻</p>"
                uri = f"{HERE.url}/users/ada/posts/{id_}"
                rows.append(
                    {
                        "id": id_,
                        "uri": uri,
                        "actor_id": ada,
                        "is_local": True,
                        "audience": "public",
                        "content": words,
                    }
                )
            tx.connection.execute(insert(Post), rows)
            for row in rows:
                make_findable(tx, int(str(row["id"])))
    db.close()


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:]))
