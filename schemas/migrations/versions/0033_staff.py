"""Members of staff, what they did, what they typed; codes in the stores."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = """
CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '1095 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit_log is append-only';
END $$
"""


def upgrade() -> None:
    """Create the tables of the staff pages; the audit log takes no change and no early removal."""
    _audit_log()
    _qr_codes()
    _staff_accounts()
    _adverse_reports()
    _staff_entries()
    _staff_sessions()
    _adverse_report_steps()
    op.execute(_APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log"
        " FOR EACH ROW EXECUTE FUNCTION audit_log_append_only()"
    )


def _audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "account_id", sa.Uuid(), nullable=True, comment="null: somebody at the command line, or nobody known"
        ),
        sa.Column("by", sa.Text(), nullable=True, comment="the system's user at the command line"),
        sa.Column("action", sa.Text(), nullable=False, comment="code, e.g. sign-in, record.print, qr.revoke"),
        sa.Column("object_ids", postgresql.JSONB(), nullable=False, comment="ids only, never a name or a contact"),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_account_id_at"), "audit_log", ["account_id", "at"], unique=False)
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False)


def _qr_codes() -> None:
    op.create_table(
        "qr_codes",
        sa.Column("code_id", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("counter", sa.Text(), nullable=True),
        sa.Column("shelf", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True, comment="null: at the command line"),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("code_id", name=op.f("pk_qr_codes")),
    )
    op.create_index(op.f("ix_qr_codes_revoked_at"), "qr_codes", ["revoked_at"], unique=False)


def _staff_accounts() -> None:
    op.create_table(
        "staff_accounts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what is typed to sign in, in lower case"),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="argon2id with its parameters"),
        sa.Column("roles", postgresql.JSONB(), nullable=False),
        sa.Column(
            "stores", postgresql.JSONB(), nullable=False, comment="codes or names of stores; empty with no regions: all"
        ),
        sa.Column("regions", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_tries", sa.Integer(), nullable=False, comment="in a row"),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_staff_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_accounts_name")),
    )


def _adverse_reports() -> None:
    op.create_table(
        "adverse_reports",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("event_number", sa.Text(), nullable=False, comment="the store's own, else the tracking number"),
        sa.Column("state", sa.Text(), nullable=False, comment="filed, returned, passed, handled"),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column(
            "form",
            postgresql.JSONB(),
            nullable=False,
            comment="type, description, contact, handling, time, place as typed",
        ),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column(
            "filed_at", sa.DateTime(timezone=True), nullable=False, comment="the last time, after it was sent back"
        ),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["filed_by"], ["staff_accounts.account_id"], name=op.f("fk_adverse_reports_filed_by")),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_adverse_reports")),
        sa.UniqueConstraint("tracking_number", name=op.f("uq_adverse_reports_tracking_number")),
    )
    op.create_index(op.f("ix_adverse_reports_state_filed_at"), "adverse_reports", ["state", "filed_at"], unique=False)


def _staff_entries() -> None:
    op.create_table(
        "staff_entries",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=True),
        sa.Column("form", postgresql.JSONB(), nullable=False, comment="the fields as typed, for the record form"),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("recorder", sa.Text(), nullable=False, comment="display name of that account at the time"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["staff_accounts.account_id"], name=op.f("fk_staff_entries_entered_by")
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_staff_entries")),
        sa.UniqueConstraint("tracking_number", name=op.f("uq_staff_entries_tracking_number")),
    )
    op.create_index(
        op.f("ix_staff_entries_entered_by_entered_at"), "staff_entries", ["entered_by", "entered_at"], unique=False
    )


def _staff_sessions() -> None:
    op.create_table(
        "staff_sessions",
        sa.Column("session_hash", sa.Text(), nullable=False, comment="SHA-256 of what the cookie holds"),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["staff_accounts.account_id"], name=op.f("fk_staff_sessions_account_id")
        ),
        sa.PrimaryKeyConstraint("session_hash", name=op.f("pk_staff_sessions")),
    )
    op.create_index(op.f("ix_staff_sessions_account_id"), "staff_sessions", ["account_id"], unique=False)


def _adverse_report_steps() -> None:
    op.create_table(
        "adverse_report_steps",
        sa.Column("step_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="display name of that account at the time"),
        sa.Column("step", sa.Text(), nullable=False, comment="filed, returned, passed, handled"),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it was sent back, or what was done"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["staff_accounts.account_id"], name=op.f("fk_adverse_report_steps_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["adverse_reports.complaint_id"], name=op.f("fk_adverse_report_steps_complaint_id")
        ),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_adverse_report_steps")),
    )
    op.create_index(
        op.f("ix_adverse_report_steps_complaint_id"), "adverse_report_steps", ["complaint_id"], unique=False
    )


def downgrade() -> None:
    """Remove them."""
    for table in (
        "adverse_report_steps", "adverse_reports", "staff_entries", "staff_sessions", "audit_log", "qr_codes",
        "staff_accounts",
    ):  # fmt: skip
        op.drop_table(table)
    op.execute("DROP FUNCTION audit_log_append_only")
