"""Who is who, and what of a complaint is kept to compare later ones with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = None
branch_labels = None
depends_on = ("0011", "0012")


def upgrade() -> None:
    """Create the identity tables and the prints; what was stated is part of the prints now."""
    op.create_table(
        "complaint_prints",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "identity",
            postgresql.JSONB(),
            nullable=False,
            comment="pseudonyms of the sender's identifiers and name",
        ),
        sa.Column(
            "facts",
            postgresql.JSONB(),
            nullable=False,
            comment="pseudonyms of order, batch, product, store and day",
        ),
        sa.Column(
            "shingles", sa.LargeBinary(), nullable=False, comment="keyed hashes of what the text says, 4 bytes each"
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_complaint_prints")),
    )
    op.create_table(
        "persons",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_persons")),
    )
    _create_identifiers()
    op.create_table(
        "person_merges",
        sa.Column("complaint_id", sa.Uuid(), nullable=False, comment="which complaint was the reason"),
        sa.Column("from_person", sa.Uuid(), nullable=False),
        sa.Column("to_person", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="merged or split"),
        sa.Column(
            "keys",
            postgresql.JSONB(),
            nullable=False,
            comment="the identifiers that moved: enough to move them back",
        ),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "from_person", "to_person", name=op.f("pk_person_merges")),
    )
    op.add_column(
        "case_members",
        sa.Column(
            "disclosable",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="its sender is proven to be that of the earlier complaint it is linked with",
        ),
    )
    op.add_column(
        "case_members",
        sa.Column(
            "same_recipient",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="it is answered at the address of the earlier complaint it is linked with",
        ),
    )
    op.add_column(
        "case_members",
        sa.Column(
            "repeat_count",
            sa.Integer(),
            nullable=True,
            comment="how often this customer has had this problem, for a repeat",
        ),
    )
    op.drop_column("case_members", "stated")
    _count_windows_by_recipient()


def _count_windows_by_recipient() -> None:
    """Another person's answer about the same case covers nobody: windows are of case, channel and recipient."""
    op.execute("ALTER TABLE acknowledgement_windows ADD COLUMN recipient_key text NOT NULL DEFAULT ''")
    op.execute(
        "UPDATE acknowledgement_windows w SET recipient_key = o.recipient_key FROM outbox o "
        "WHERE o.outbox_id = w.outbox_id"
    )
    op.execute("ALTER TABLE acknowledgement_windows ALTER COLUMN recipient_key DROP DEFAULT")
    op.execute("COMMENT ON COLUMN acknowledgement_windows.recipient_key IS 'pseudonym of the address'")
    op.drop_constraint("pk_acknowledgement_windows", "acknowledgement_windows")
    op.create_primary_key(
        "pk_acknowledgement_windows", "acknowledgement_windows", ["case_id", "channel", "recipient_key"]
    )


def _create_identifiers() -> None:
    op.create_table(
        "person_identifiers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False, comment="changed under the lock of this person's row"),
        sa.Column("kind", sa.Text(), nullable=False, comment="phone, email, openid, customer_no"),
        sa.Column("via", sa.Text(), nullable=True, comment="the identifier beside which it came to its person"),
        sa.Column("proven", sa.Boolean(), nullable=False, comment="a complaint whose sender was proven by it has come"),
        sa.Column("complaints", sa.Integer(), nullable=False, comment="how many complaints gave it"),
        sa.Column("shared", sa.Boolean(), nullable=False, comment="given by so many people that it is nobody's own"),
        sa.Column(
            "partners",
            postgresql.JSONB(),
            nullable=False,
            comment="short pseudonyms of what it was given together with, by kind",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_person_identifiers")),
    )
    op.create_index(op.f("ix_person_identifiers_person_id"), "person_identifiers", ["person_id"], unique=False)
