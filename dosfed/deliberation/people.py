"""What people leave behind, and how it goes."""

from datetime import datetime

from sqlalchemy import Text, case, delete, exists, insert, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import Role
from dosfed.deliberation.moderation.model import Report
from dosfed.deliberation.moderation.tables import Reports
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.team.tables import Users
from dosfed.deliberation.votes.lots import Place
from dosfed.deliberation.votes.tables import Ballots, ErasedBallots, Polls, SentBallots
from dosfed.deliberation.votes.tallies import load_lots, save_lots
from dosfed.deliberation.votes.tally import origin_of, read_choices


async def forget_ballots(connection: AsyncConnection, voter: str, *, here: str) -> None:
    """Take a voter's ballots out of every poll (rule 4.2).

    Where the tally is final the choice stays counted, without the voter.
    """
    rows = (
        await connection.execute(
            select(
                Ballots.poll,
                Ballots.host,
                Ballots.choices,
                Ballots.lot,
                Ballots.before,
                Polls.closed_at,
                Consultations.instances,
            )
            .join(Polls, Polls.id == Ballots.poll)
            .join(Proposals, Proposals.id == Polls.proposal)
            .join(Consultations, Consultations.id == Proposals.consultation)
            .where(Ballots.voter == voter, Ballots.replaced_at.is_(None))
            .order_by(Ballots.poll)
            .with_for_update(read=True, of=Polls)
        )
    ).all()
    origins = {row.poll: origin_of(row.host, listed=row.instances, here=here) for row in rows}
    frozen = [
        {"poll": row.poll, "origin": origins[row.poll], "choices": row.choices}
        for row in rows
        if row.closed_at is not None
    ]
    if frozen:
        await connection.execute(insert(ErasedBallots), frozen)
    await connection.execute(delete(Ballots).where(Ballots.voter == voter))
    await connection.execute(delete(SentBallots).where(SentBallots.voter == voter))
    still_open = [row for row in rows if row.closed_at is None]
    lots = await load_lots(connection, [row.poll for row in still_open])
    for row in still_open:
        place = Place(lot=row.lot, before=read_choices(row.before or ""))
        earlier = read_choices(row.choices)
        lots[row.poll].take(earlier, place, (), origin=origins[row.poll])
    await save_lots(connection, lots)


async def has_ballots(connection: AsyncConnection, poll: str) -> bool:
    """Whether anybody ever voted in a poll."""
    # Of whoever voted one ballot stands, which an index finds without reading other polls'.
    voted = exists().where(Ballots.poll == poll, Ballots.replaced_at.is_(None))
    erased = exists().where(ErasedBallots.poll == poll)
    return bool((await connection.execute(select(voted | erased))).scalar_one())


async def report(
    connection: AsyncConnection, command: Report, at: datetime, *, subject: str
) -> None:
    """Keep a complaint for the moderators."""
    await connection.execute(
        insert(Reports).values(
            reporter=command.reporter,
            objects=list(command.objects),
            subject=subject,
            text=command.text,
            received_at=at,
            answered_at=None,
        )
    )


async def waiting_reports(connection: AsyncConnection, reporter: str) -> list[str | None]:
    """Return the subject of each of somebody's complaints that wait for an answer."""
    rows = await connection.execute(
        select(Reports.subject).where(Reports.reporter == reporter, Reports.answered_at.is_(None))
    )
    return list(rows.scalars())


async def role_of(connection: AsyncConnection, actor: str) -> Role | None:
    """Return the role of a person with an account here, or None for anybody else."""
    role = (await connection.execute(select(Users.role).where(Users.id == actor))).scalar()
    return None if role is None else Role(role)


async def forget_reports(connection: AsyncConnection, person: str) -> None:
    """Take somebody out of all reports: as reporter, as who answered, as who is meant (rule 5.9).

    What the reports say stays.
    """
    await connection.execute(
        update(Reports)
        .where(or_(Reports.reporter == person, Reports.answered_by == person))
        .values(
            reporter=case((Reports.reporter == person, ""), else_=Reports.reporter),
            answered_by=case((Reports.answered_by == person, ""), else_=Reports.answered_by),
        )
    )
    meant = await connection.execute(
        select(Reports.id, Reports.objects).where(
            type_coerce(Reports.objects, Text).contains(person, autoescape=True)
        )
    )
    for report, objects in meant.all():
        left = [uri for uri in objects if not _is_of(uri, person)]
        await connection.execute(
            update(Reports).where(Reports.id == report).values(objects=left, subject=None)
        )


def _is_of(uri: str, person: str) -> bool:
    """Whether an address names a person: their own id, or something below it."""
    return uri == person or uri.startswith((f"{person}/", f"{person}#", f"{person}?"))
