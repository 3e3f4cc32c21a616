"""The badge beside what the team of a consultation says, asked with the words it stands beside.

It says in what role somebody wrote, no more: it is there where they had the role when they wrote,
and have it still (rule 8.12). Who looks after this instance is nobody in a consultation at home
elsewhere.
"""

from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import Role
from dosfed.deliberation.team.tables import ConsultationTeam, Users

ORGANISER, TEAM = "organiser", "team"


def office_beside(post: Any) -> ColumnElement[str]:
    """Return, as a column, in which office the author of a post wrote it; empty for most."""
    # By primary keys: most authors are not in the first, and with that it ends.
    had_it = func.coalesce(Users.role_since, Users.created_at) <= post.received_at
    is_here = ConsultationTeam.role.is_not(None)
    organises = (ConsultationTeam.role == Role.ORGANISER.value) | (
        (Users.role == Role.ORGANISER.value) & had_it
    )
    belongs = is_here | ((Users.role != Role.CITIZEN.value) & had_it)
    office = (
        select(case((organises, ORGANISER), (belongs, TEAM), else_=""))
        .select_from(Users)
        .join(
            Consultations,
            (Consultations.id == post.consultation) & Consultations.home.is_(None),
        )
        .outerjoin(
            ConsultationTeam,
            (ConsultationTeam.user == Users.id)
            & (ConsultationTeam.consultation == post.consultation)
            & (ConsultationTeam.since <= post.received_at),
        )
        .where(Users.id == post.author)
        .correlate_except(Users, Consultations, ConsultationTeam)
        .scalar_subquery()
    )
    return func.coalesce(office, literal(""))
