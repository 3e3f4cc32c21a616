"""Whose data are given away: a consultation of this instance, and what its people are called."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import Accounts
from dosfed.acts.pseudonyms import Pseudonyms
from dosfed.deliberation.consultations.licences import Licence, licence_of
from dosfed.deliberation.consultations.tables import Consultations, Organisers
from dosfed.deliberation.posts.tables import Posts
from dosfed.deliberation.proposals.tables import CoSigners, Proposals
from dosfed.storage.schema import Kept
from dosfed.storage.statements import insertion


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """A consultation of this instance whose data are given away."""

    id: str
    address: str
    title: str
    summary: str
    language: str
    organiser: str
    organiser_title: str
    opens: datetime
    closes: datetime
    eligible: Any
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    licence: Licence | None

    @property
    def licence_word(self) -> str:
        """What the files say of its licence."""
        return self.licence.word if self.licence else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What rows are read from, with what people are called."""

    connection: AsyncConnection
    data: DataSet
    names: Pseudonyms
    now: datetime


def select_data_sets() -> Select[*tuple[Any, ...]]:
    """Select the consultations whose home this is, for `read_data_set`."""
    return (
        select(
            Consultations.id,
            Consultations.address,
            Consultations.title,
            Consultations.summary,
            Consultations.language,
            Consultations.organiser,
            Organisers.title.label("organiser_title"),
            Consultations.opens,
            Consultations.closes,
            Consultations.eligible,
            Consultations.created_at,
            Consultations.withdrawn_at,
            Consultations.withdrawn_reason,
            Consultations.licence,
        )
        .join(Organisers, Organisers.id == Consultations.organiser)
        .where(Consultations.home.is_(None))
    )


def read_data_set(row: Mapping[str, Any]) -> DataSet:
    """Read a row of `select_data_sets`."""
    return DataSet(**{**row, "licence": licence_of(row["licence"])})


async def load_data_set(connection: AsyncConnection, address: str) -> DataSet | None:
    """Return a consultation whose home this is, or None."""
    rows = await connection.execute(select_data_sets().where(Consultations.address == address))
    row = rows.mappings().one_or_none()
    return None if row is None else read_data_set(dict(row))


def _key_name(consultation: str) -> str:
    return f"pseudonyms in {consultation}"


async def find_key(connection: AsyncConnection, consultation: str) -> bytes | None:
    """Return what makes the pseudonyms of a consultation, once there is such a key."""
    rows = await connection.execute(select(Kept.value).where(Kept.name == _key_name(consultation)))
    value = rows.scalar_one_or_none()
    return None if value is None else bytes.fromhex(value)


async def make_key(connection: AsyncConnection, consultation: str) -> None:
    """Draw the key of a consultation, unless another process was quicker."""
    row = {"name": _key_name(consultation), "value": secrets.token_hex(32)}
    await connection.execute(insertion(connection, Kept).values(row).on_conflict_do_nothing())


async def open_source(
    connection: AsyncConnection, data: DataSet, key: bytes, *, now: datetime
) -> Source:
    """Return what the rows of a consultation are read from."""
    wanted = await connection.execute(select(Accounts.user).where(Accounts.named_in_data.is_(True)))
    names = Pseudonyms(
        public={data.organiser: data.organiser_title, data.id: data.title},
        key=key,
        named=frozenset(wanted.scalars()),
    )
    authors = select(Posts.author, Posts.author_name).where(
        Posts.consultation == data.id, Posts.author.is_not(None)
    )
    signers = (
        select(CoSigners.actor, CoSigners.name)
        .join(Proposals, Proposals.id == CoSigners.proposal)
        .where(Proposals.consultation == data.id)
    )
    for people in (authors, signers):
        rows = await connection.execute(people.distinct())
        names.meet((row[0], row[1]) for row in rows)
    return Source(connection=connection, data=data, names=names, now=now)
