"""Tables for what members bring from other places, for subscribed lists and for passkeys.

What exists stays as it is: tables are added, empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_DUE = sa.text("state IN ('waiting', 'reading', 'removing')")


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "imports",
        _id(),
        _id("member_id"),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("takes_answers", sa.Boolean(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_imports_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_member_id_id", "imports", ["member_id", "id"])
    for name, column, is_unique in (
        ("ix_imports_due", "claimed_until", False),
        ("uq_imports_member_id", "member_id", True),
    ):
        op.create_index(
            name,
            "imports",
            [column],
            unique=is_unique,
            sqlite_where=_DUE,
            postgresql_where=_DUE,
        )
    op.create_table(
        "imported_posts",
        _id("member_id"),
        sa.Column("uri", sa.Text(), nullable=False),
        _id("import_id"),
        _id("post_id", nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_imported_posts_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["imports.id"],
            name=op.f("fk_imported_posts_import_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_imported_posts_post_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("member_id", "uri", name=op.f("pk_imported_posts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_imported_posts_import_id", "imported_posts", ["import_id"])
    op.create_index("ix_imported_posts_post_id", "imported_posts", ["post_id"])
    op.create_table(
        "rule_lists",
        _id(),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("subscribed_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("unread", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_lists")),
        sa.UniqueConstraint("url", name=op.f("uq_rule_lists_url")),
    )
    op.create_table(
        "rule_list_lines",
        _id("list_id"),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("is_taken", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["rule_lists.id"],
            name=op.f("fk_rule_list_lines_list_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("list_id", "host", name=op.f("pk_rule_list_lines")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "passkeys",
        _id(),
        _id("member_id"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_passkeys_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index("ix_passkeys_member_id", "passkeys", ["member_id"])
    op.create_table(
        "passkey_challenges",
        _id(),
        _id("session_id"),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_passkey_challenges_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenges")),
    )
    op.create_index("ix_passkey_challenges_session_id", "passkey_challenges", ["session_id"])
    op.create_index("ix_passkey_challenges_expires_at", "passkey_challenges", ["expires_at"])


def downgrade() -> None:
    for table in (
        "passkey_challenges",
        "passkeys",
        "rule_list_lines",
        "rule_lists",
        "imported_posts",
        "imports",
    ):
        op.drop_table(table)
