"""Everything that is kept of a person, for that person alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Label, Result, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from dosfed.accounts.tables import (
    Accounts,
    FediverseAccounts,
    Invitations,
    Notices,
    RecoveryCodes,
    SecondFactors,
    Sessions,
    Subscriptions,
)
from dosfed.activitypub.tables import Actors, Followers
from dosfed.activitypub.writing import rfc3339
from dosfed.deliberation.debate.tables import Arguments, ArgumentVersions, Shares, Weights
from dosfed.deliberation.moderation.tables import Contests, Reports
from dosfed.deliberation.posts.tables import ModerationLog
from dosfed.deliberation.proposals.tables import Corrections, CoSigners, Drafts, NewTexts, Proposals
from dosfed.deliberation.team.tables import Users
from dosfed.deliberation.votes.methods.known import method_of
from dosfed.deliberation.votes.methods.model import read_choice
from dosfed.deliberation.votes.polls import METHOD_COLUMNS
from dosfed.deliberation.votes.tables import Ballots, Polls, SentBallots

Column = InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of one table that are somebody's: which columns, and which one names the person."""

    name: str
    owner: Column
    columns: tuple[Column | Label[Any], ...]


# Secrets and their digests are left out: a thief of the file must not be able to sign in.
PARTS = (
    Part(
        name="person", owner=Users.id, columns=(Users.id, Users.name, Users.role, Users.created_at)
    ),
    Part(name="actor_names", owner=Actors.id, columns=(Actors.handle, Actors.name)),
    Part(
        name="account",
        owner=Accounts.user,
        columns=(
            Accounts.email,
            Accounts.language,
            Accounts.digest,
            Accounts.digested_at,
            Accounts.team_mails,
            Accounts.named_in_data,
        ),
    ),
    Part(
        name="fediverse_account",
        owner=FediverseAccounts.actor,
        columns=(
            FediverseAccounts.handle,
            FediverseAccounts.language,
            FediverseAccounts.scope,
            FediverseAccounts.signed_in_at,
        ),
    ),
    Part(
        name="sessions",
        owner=Sessions.user,
        columns=(
            Sessions.created_at,
            Sessions.seen_at,
            Sessions.expires_at,
            Sessions.browser,
            Sessions.proof,
        ),
    ),
    Part(name="second_factor", owner=SecondFactors.user, columns=(SecondFactors.since,)),
    Part(name="recovery_codes", owner=RecoveryCodes.user, columns=(RecoveryCodes.used_at,)),
    Part(
        name="invitations",
        owner=Invitations.invited_by,
        columns=(
            Invitations.note,
            Invitations.role,
            Invitations.consultation,
            Invitations.created_at,
            Invitations.expires_at,
            Invitations.used_at,
        ),
    ),
    Part(
        name="proposals",
        owner=Proposals.author,
        columns=(
            Proposals.id,
            Proposals.consultation,
            Proposals.title,
            Proposals.text,
            Proposals.language,
            Proposals.state,
            Proposals.reason,
            Proposals.source,
            Proposals.received_at.label("submitted_at"),
            Proposals.published_at,
            Proposals.group_name,
            Proposals.group_size,
            Proposals.hidden_at,
            Proposals.hidden_reason,
        ),
    ),
    Part(
        name="corrections",
        owner=Corrections.by,
        columns=(Corrections.proposal, Corrections.text, Corrections.is_team, Corrections.at),
    ),
    Part(
        name="drafts",
        owner=Drafts.author,
        columns=(
            Drafts.consultation,
            Drafts.title,
            Drafts.text,
            Drafts.language,
            Drafts.tags,
            Drafts.saved_at,
        ),
    ),
    Part(
        name="co_signatures",
        owner=CoSigners.actor,
        columns=(CoSigners.proposal, CoSigners.signed_at),
    ),
    Part(
        name="arguments",
        owner=Arguments.author,
        columns=(
            Arguments.id,
            Arguments.about.label("proposal"),
            Arguments.in_reply_to,
            Arguments.stance,
            Arguments.text,
            Arguments.html,
            Arguments.language,
            Arguments.clause,
            Arguments.sources,
            Arguments.published_at,
            Arguments.edited_at,
            Arguments.deleted_at,
            Arguments.hidden_at,
            Arguments.hidden_reason,
        ),
    ),
    Part(name="weights", owner=Weights.actor, columns=(Weights.object, Weights.weight)),
    Part(name="shares", owner=Shares.actor, columns=(Shares.object,)),
    Part(
        name="reports",
        owner=Reports.reporter,
        columns=(Reports.objects, Reports.text, Reports.received_at, Reports.answer),
    ),
    Part(
        name="contests",
        owner=Contests.by,
        columns=(
            Contests.post,
            Contests.text,
            Contests.at,
            Contests.outcome,
            Contests.reason,
            Contests.decided_at,
        ),
    ),
    Part(
        name="contests_decided",
        owner=Contests.decided_by,
        columns=(Contests.post, Contests.outcome, Contests.reason, Contests.decided_at),
    ),
    Part(
        name="moderation",
        owner=ModerationLog.by,
        columns=(
            ModerationLog.post,
            ModerationLog.at,
            ModerationLog.was,
            ModerationLog.became,
            ModerationLog.code,
            ModerationLog.reason,
        ),
    ),
    Part(
        name="subscriptions",
        owner=Subscriptions.user,
        columns=(Subscriptions.target, Subscriptions.since),
    ),
    Part(
        name="notices",
        owner=Notices.user,
        columns=(Notices.kind, Notices.object, Notices.title, Notices.at, Notices.seen_at),
    ),
    Part(
        name="followers",
        owner=Followers.actor,
        columns=(Followers.follower, Followers.since),
    ),
)


async def belongings(connection: AsyncConnection, user: str, *, at: datetime) -> dict[str, Any]:
    """Return everything that is kept of a person, as JSON values (rule 6.10).

    Ballots are in it as long as they are linked to their voter: until they are erased.
    """
    found: dict[str, Any] = {"dosfed": 1, "actor": user, "exported_at": rfc3339(at)}
    for part in PARTS:
        found[part.name] = await _rows(connection, part.columns, part.owner == user)
    found["earlier_arguments"] = await _rows(
        connection,
        (
            ArgumentVersions.argument,
            ArgumentVersions.number,
            ArgumentVersions.stance,
            ArgumentVersions.html,
            ArgumentVersions.replaced_at,
        ),
        ArgumentVersions.argument.in_(select(Arguments.id).where(Arguments.author == user)),
    )
    found["new_texts"] = await _rows(
        connection,
        (
            NewTexts.proposal,
            NewTexts.title,
            NewTexts.text,
            NewTexts.note,
            NewTexts.state,
            NewTexts.reason,
            NewTexts.at,
        ),
        NewTexts.proposal.in_(select(Proposals.id).where(Proposals.author == user)),
    )
    found["corrections_asked"] = await _rows(
        connection,
        (Corrections.proposal, Corrections.text, Corrections.at),
        Corrections.is_team
        & Corrections.proposal.in_(select(Proposals.id).where(Proposals.author == user)),
    )
    return found | await _ballots(connection, user)


async def _rows(
    connection: AsyncConnection,
    columns: tuple[Column | Label[Any], ...],
    condition: ColumnElement[bool],
) -> list[dict[str, Any]]:
    return _plain(await connection.execute(select(*columns).where(condition)))


async def _ballots(connection: AsyncConnection, user: str) -> dict[str, Any]:
    """Return somebody's ballots with their choices in words."""
    cast = await connection.execute(
        select(
            Ballots.poll,
            Ballots.choices,
            Ballots.cast_at,
            Ballots.replaced_at,
            Polls.options,
            *METHOD_COLUMNS,
        )
        .join(Polls, Polls.id == Ballots.poll)
        .where(Ballots.voter == user)
        .order_by(Ballots.id)
    )
    sent = await connection.execute(
        select(
            SentBallots.poll,
            SentBallots.choices,
            SentBallots.sent_at,
            SentBallots.answer,
            SentBallots.reason,
            Polls.options,
            *METHOD_COLUMNS,
        )
        .join(Polls, Polls.id == SentBallots.poll)
        .where(SentBallots.voter == user)
    )
    return {
        "ballots": [_ballot(values) for values in _plain(cast)],
        "ballots_sent_elsewhere": [_ballot(values) for values in _plain(sent)],
    }


def _ballot(values: dict[str, Any]) -> dict[str, Any]:
    method = method_of(values.pop("method"), values.pop("terms"), values.pop("secrecy"))
    names = method.names(read_choice(values["choices"]), values.pop("options"))
    return values | {"choices": list(names)}


def _plain(rows: Result[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    names = [str(name) for name in rows.keys()]  # noqa: SIM118 - no mapping
    return [
        {
            name: rfc3339(value) if isinstance(value, datetime) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]
