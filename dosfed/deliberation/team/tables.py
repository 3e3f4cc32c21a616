"""What is kept of people with an account here."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Table


class Users(Table):
    """People with an account here; `id` is their actor's id."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]  # citizen, moderator, facilitator, organiser, operator
    created_at: Mapped[datetime]
    role_since: Mapped[datetime | None]  # none: as long as the account


class ConsultationTeam(Table):
    """What somebody may do in one consultation, beside their role of the instance."""

    __tablename__ = "consultation_team"

    consultation: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(primary_key=True, index=True)
    role: Mapped[str]  # moderator, facilitator, organiser
    since: Mapped[datetime]
