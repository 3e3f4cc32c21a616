"""An argument from another server has no Markdown: an edit once left a part of its words there.

Exports and forms preferred that part to the whole, which was never lost.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the HTML of these arguments count again."""
    op.execute(
        """
        UPDATE arguments SET text = NULL
        WHERE text IS NOT NULL AND substr(id, 1, (
            SELECT length(value) + 1 FROM kept WHERE name = 'base_url'
        )) <> (SELECT value || '/' FROM kept WHERE name = 'base_url')
        """
    )


def downgrade() -> None:
    """Leave the words as they are: both versions can read them."""
