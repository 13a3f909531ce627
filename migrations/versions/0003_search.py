"""The words of posts, so that they can be found.

What neighbours said before is read by a job after the start; what came from elsewhere is found
from now on.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Full text is the engine's own affair: FTS5 there, a tsvector here."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5"
            "(words, tokenize = 'unicode61 remove_diacritics 0')"
        )
        op.execute(
            "CREATE TRIGGER search_forgets_posts AFTER DELETE ON posts BEGIN"
            " DELETE FROM search_words WHERE rowid = old.id; END"
        )
    else:
        op.execute(
            "CREATE TABLE search_words (post_id bigint PRIMARY KEY"
            " REFERENCES posts (id) ON DELETE CASCADE, words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_search_words_words ON search_words USING gin (words)")
    now = int(time.time() * 1000)
    op.get_bind().execute(
        sa.text(
            "INSERT INTO jobs (id, kind, key, arguments, due_at, attempts) SELECT"
            " :id, 'make_findable', 'make_findable:0', '{}', :now, 0"
            " WHERE EXISTS (SELECT 1 FROM posts)"
        ),
        {"id": now << 16, "now": now},
    )


def downgrade() -> None:
    """Let the words go; the posts stay."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER search_forgets_posts")
    op.execute("DROP TABLE search_words")
