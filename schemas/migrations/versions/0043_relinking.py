"""What people decided about links, and which complaints nothing may be linked with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = None
branch_labels = None
depends_on = ("0041", "0031")


def upgrade() -> None:
    """Let a member say whose decision placed it; find the persons that were told apart."""
    op.add_column(
        "case_members",
        sa.Column(
            "sealed",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="nothing may be linked with it",
        ),
    )
    decisions = (
        ("corrected_by", sa.Uuid(), "correction_id of the person's decision that placed it"),
        ("ruled_by", sa.Uuid(), "correction_id of the last decision about it that was heard, followed or not"),
        ("ruled_at", sa.DateTime(timezone=True), "the time of that decision"),
    )
    for name, kind, comment in decisions:
        op.add_column("case_members", sa.Column(name, kind, nullable=True, comment=comment))
    op.alter_column("person_merges", "kind", existing_type=sa.Text(), comment="merged, split or parted")
    op.create_index(
        "ix_person_merges_parted",
        "person_merges",
        ["from_person", "to_person"],
        unique=False,
        postgresql_where=sa.text("kind = 'parted'"),
    )
    _route()
    _clusters()


def _clusters() -> None:
    """Count the customers that share a batch, a product in a store, or a problem of a product."""
    op.create_table(
        "clusters",
        sa.Column("cluster_id", sa.Uuid(), nullable=False),
        sa.Column(
            "key",
            sa.Text(),
            nullable=False,
            comment="pseudonym of what is shared; changed under the lock of this key",
        ),
        sa.Column("by", sa.Text(), nullable=False, comment="batch, product-store, product-problem"),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False, comment="earliest receipt"),
        sa.Column(
            "last_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="latest receipt, a day exact beyond the cap",
        ),
        sa.Column("size", sa.Integer(), nullable=False, comment="different customers, at most the cap"),
        sa.Column("systemic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("cluster_id", name=op.f("pk_clusters")),
    )
    op.create_index(op.f("ix_clusters_key"), "clusters", ["key"], unique=False)
    op.create_table(
        "cluster_customers",
        sa.Column("cluster_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False, comment="the complaint this customer was counted by"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "known_by",
            postgresql.JSONB(),
            nullable=False,
            comment="pseudonyms of the customer: person, identifiers, ends of phones",
        ),
        sa.PrimaryKeyConstraint("cluster_id", "complaint_id", name=op.f("pk_cluster_customers")),
    )


def _route() -> None:
    """Let a case follow what people decide about its department, and note who has left it."""
    op.add_column(
        "route_cases",
        sa.Column("corrected_by", sa.Uuid(), nullable=True, comment="correction_id of a person's decision that holds"),
    )
    op.add_column("route_cases", sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "route_cases",
        sa.Column(
            "rerouted",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="it named the department itself",
        ),
    )
    op.create_table(
        "route_moves",
        sa.Column("case_id", sa.Uuid(), nullable=False, comment="the case it has left"),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="the last one that left it"),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "complaint_id", name=op.f("pk_route_moves")),
    )
