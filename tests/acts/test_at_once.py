"""What two people decide at once, the first decides; the other learns it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts import site as site_settings
from dosfed.accounts.invitations import Granted, invite
from dosfed.accounts.rules import Flaw, Unfit
from dosfed.accounts.tables import Notices
from dosfed.accounts.tokens import digest
from dosfed.activitypub.actors import BadName
from dosfed.activitypub.tables import Outbox
from dosfed.acts import team
from dosfed.acts.administration import change_site
from dosfed.acts.imports import import_document
from dosfed.acts.memberships import Member, accept_invitation
from dosfed.acts.perform import perform
from dosfed.acts.submission import Command, Done, House, Outcome, Submission
from dosfed.deliberation.debate.model import PostArgument, Remove, Stance
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.meetings.model import PlanMeeting
from dosfed.deliberation.meetings.tables import Meetings
from dosfed.deliberation.model import (
    ActorId,
    ArgumentId,
    ConsultationId,
    ProposalId,
    Refusal,
    Refused,
    Role,
)
from dosfed.deliberation.moderation.model import AnswerReport, Hide, Report
from dosfed.deliberation.moderation.tables import Reports
from dosfed.deliberation.proposals.model import DecideProposal, SubmitProposal
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.team.tables import Users
from dosfed.storage.engine import Database
from tests.conftest import BASE_URL, START
from tests.people import add_user

GROUP = ConsultationId(f"{BASE_URL}/c/quais")
ANA, LUC, ZOE = (ActorId(f"{BASE_URL}/u/{name}") for name in ("ana", "luc", "zoe"))
PONTON = SubmitProposal(
    addressed=(GROUP,),
    author=ZOE,
    author_name="@zoe",
    title="Un ponton",
    text="Au sud.",
    language="fr",
    source=None,
)
Act = Callable[[AsyncConnection], Awaitable[object]]


class Town:
    """An instance with two operators, a citizen, and a consultation."""

    def __init__(self, database: Database, house: House) -> None:
        self.database = database
        self.house = house

    def act(self, command: Command) -> Act:
        """Return what brings a command before the door."""

        async def act(connection: AsyncConnection) -> Outcome:
            submission = Submission(command=command, at=START)
            return (await perform(connection, [submission], self.house))[0]

        return act

    async def do(self, command: Command) -> Outcome:
        """Perform a command alone."""
        async with self.database.write() as connection:
            outcome = await self.act(command)(connection)
        assert isinstance(outcome, Done), outcome
        return outcome

    async def at_once(self, first: Act, second: Act) -> tuple[object, object]:
        """Begin the second act when the first is done but nobody else can see that yet."""

        async def later() -> object:
            async with self.database.write() as connection:
                return await _result(second, connection)

        async with self.database.write() as connection:
            done = await _result(first, connection)
            task = asyncio.create_task(later())
            await self._until_it_waits(task)
        return done, await task

    async def _until_it_waits(self, task: asyncio.Task[object]) -> None:
        if self.database.is_sqlite:
            await asyncio.sleep(0)  # there is one writer
            return
        waits = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        for _ in range(2_000):
            async with self.database.read() as connection:
                if task.done() or (await connection.execute(waits)).scalar_one():
                    return
            await asyncio.sleep(0.002)
        raise AssertionError("the second act neither ends nor waits")

    async def count(self, *what: object) -> int:
        """Count the rows of a table that meet conditions."""
        table, *conditions = what
        statement = select(func.count()).select_from(table).where(*conditions)  # type: ignore[arg-type]
        async with self.database.read() as connection:
            return (await connection.execute(statement)).scalar_one()

    async def created(self, uri: str) -> int:
        """Count how often something was published."""
        async with self.database.read() as connection:
            bodies = (await connection.execute(select(Outbox.body))).scalars()
            said = [orjson.loads(body) for body in bodies if body is not None]
        return sum(one["type"] == "Create" and one["object"]["id"] == uri for one in said)

    async def proposal(self) -> ProposalId:
        """Return a proposal that waits."""
        return ProposalId((await self.do(PONTON)).id)  # type: ignore[union-attr]


async def _result(act: Act, connection: AsyncConnection) -> object:
    try:
        return await act(connection)
    except Refused as refused:
        return refused.refusal
    except Unfit as unfit:
        return unfit.flaw
    except BadName:
        return "taken"


@pytest.fixture
async def town(database: Database, house: House) -> Town:
    """An instance with two operators, a citizen, and a consultation."""
    document = {
        "dosfed": 1,
        "organiser": {"name": "mairie", "title": "Ville"},
        "consultations": [
            {
                "name": "quais",
                "title": "Fermer les quais ?",
                "language": "fr",
                "opens": "2026-01-01T00:00:00Z",
                "closes": "2027-01-01T00:00:00Z",
                "proposals": [{"ref": "p", "title": "Le dimanche"}],
            }
        ],
    }
    async with database.write() as connection:
        await import_document(connection, document, house, at=START)
        for name in ("ana", "luc"):
            await add_user(connection, name, Role.OPERATOR, house, at=START)
        await add_user(connection, "zoe", Role.CITIZEN, house, at=START)
    return Town(database, house)


def decide(proposal: ProposalId, by: ActorId, *, is_accepted: bool) -> DecideProposal:
    return DecideProposal(id=proposal, by=by, is_accepted=is_accepted, reason="Hors sujet")


def named(outcomes: Iterable[object]) -> tuple[object, ...]:
    """Return what was made or changed of what was done, and each refusal."""
    return tuple(one.id if isinstance(one, Done) else one for one in outcomes)


@pytest.mark.rule("3.9")
@pytest.mark.parametrize("is_accepted", [True, False])
async def test_a_proposal_is_decided_once(town: Town, is_accepted: bool) -> None:  # noqa: FBT001
    proposal = await town.proposal()

    outcomes = await town.at_once(
        town.act(decide(proposal, ANA, is_accepted=True)),
        town.act(decide(proposal, LUC, is_accepted=is_accepted)),
    )

    assert named(outcomes) == (proposal, Refusal.ALREADY_DECIDED)
    assert await town.created(proposal) == 1
    assert await town.count(Proposals, Proposals.state == "refused") == 0
    assert await town.count(Notices, Notices.user == ZOE) == 1


async def test_what_is_accepted_while_it_is_taken_back_becomes_a_tombstone(town: Town) -> None:
    proposal = await town.proposal()

    outcomes = await town.at_once(
        town.act(decide(proposal, ANA, is_accepted=True)),
        town.act(Remove(id=proposal, actor=ZOE)),
    )

    assert named(outcomes) == (proposal, proposal)
    is_gone = (Proposals.id == proposal, Proposals.state == "deleted")
    assert await town.count(Proposals, *is_gone) == 1


async def test_a_report_is_answered_once(town: Town) -> None:
    proposal = await town.proposal()
    await town.do(decide(proposal, ANA, is_accepted=True))
    await town.do(Report(reporter=ZOE, objects=(proposal,), text="Non"))
    async with town.database.read() as connection:
        report = (await connection.execute(select(Reports.id))).scalar_one()
    dismissed = AnswerReport(report=report, by=ANA, is_upheld=False, note="")
    upheld = replace(dismissed, by=LUC, is_upheld=True, note="Nom")

    outcomes = await town.at_once(town.act(dismissed), town.act(upheld))

    assert named(outcomes) == (str(report), Refusal.ALREADY_DECIDED)
    assert await town.count(Proposals, Proposals.state == "hidden") == 0


async def test_an_author_is_told_once_that_an_argument_is_hidden(town: Town) -> None:
    argument = await town.do(_argument(await _published(town), "1" * 16))
    hide = Hide(id=argument.id, by=ANA, is_hidden=True, reason="Nom")  # type: ignore[union-attr]

    await town.at_once(town.act(hide), town.act(replace(hide, by=LUC, reason="Insulte")))

    assert await town.count(Notices, Notices.kind == "hidden") == 1


async def test_the_same_words_sent_twice_at_once_are_one_thing(town: Town) -> None:
    proposed = await town.at_once(town.act(PONTON), town.act(PONTON))
    parent = await _published(town)
    argued = await town.at_once(
        town.act(_argument(parent, "1" * 16)), town.act(_argument(parent, "2" * 16))
    )
    report = Report(reporter=ZOE, objects=(parent,), text="Non")
    await town.at_once(town.act(report), town.act(report))

    for first, again in (named(proposed), named(argued)):
        assert first == again
    assert await town.count(Proposals, Proposals.title == "Un ponton") == 1
    assert await town.count(Arguments) == 1
    assert await town.count(Reports) == 1


async def test_a_meeting_sent_twice_at_once_is_announced_once(town: Town) -> None:
    meeting = PlanMeeting(
        id=f"{BASE_URL}/n/0123456789abcdef",
        consultation=GROUP,
        by=ANA,
        title="Atelier",
        place="Mairie",
        url=None,
        summary="",
        starts=START + timedelta(days=3),
        ends=START + timedelta(days=3, hours=1),
    )

    await town.at_once(town.act(meeting), town.act(meeting))

    assert await town.count(Meetings) == 1
    assert await town.created(meeting.id) == 1


async def test_two_proposals_at_once_have_a_place_each(town: Town) -> None:
    await town.at_once(town.act(PONTON), town.act(replace(PONTON, author=LUC, title="Un bac")))

    async with town.database.read() as connection:
        places = (await connection.execute(select(Proposals.position))).scalars().all()
    assert len(set(places)) == len(places) == 3


@pytest.mark.rule("5.6")
async def test_of_two_operators_who_demote_each_other_one_stays(town: Town) -> None:
    outcomes = await town.at_once(
        lambda connection: team.change_role(connection, LUC, Role.CITIZEN, by=ANA, at=START),
        lambda connection: team.change_role(connection, ANA, Role.CITIZEN, by=LUC, at=START),
    )

    assert outcomes == (None, Refusal.NOT_ALLOWED)
    assert await town.count(Users, Users.role == "operator") == 1


async def test_the_last_two_operators_do_not_both_leave(town: Town) -> None:
    outcomes = await town.at_once(
        lambda connection: team.change_role(connection, LUC, Role.CITIZEN, by=LUC, at=START),
        lambda connection: team.check_may_leave(connection, ANA),
    )

    assert outcomes == (None, Refusal.LAST_OPERATOR)


async def test_what_two_operators_set_at_once_is_set(town: Town) -> None:
    async def name(connection: AsyncConnection) -> object:
        change = lambda site: replace(site, name="Sauveterre")  # noqa: E731
        return await change_site(connection, change, host="x", by=ANA)

    async def contact(connection: AsyncConnection) -> object:
        change = lambda site: replace(site, contact="https://x.example")  # noqa: E731
        return await change_site(connection, change, host="x", by=LUC)

    await town.at_once(name, contact)

    async with town.database.read() as connection:
        site = await site_settings.load_site(connection, "x")
    assert (site.name, site.contact) == ("Sauveterre", "https://x.example")


async def test_a_name_is_one_persons(town: Town) -> None:
    async def join(connection: AsyncConnection) -> object:
        return await add_user(connection, "eva", Role.CITIZEN, town.house, at=START)

    assert await town.at_once(join, join) == (f"{BASE_URL}/u/eva", "taken")


async def test_an_invitation_is_one_persons(town: Town) -> None:
    async with town.database.write() as connection:
        token = await invite(
            connection,
            Granted(role="facilitator", consultation=None),
            note="",
            invited_by="",
            at=START,
        )

    def accepted_as(name: str) -> Act:
        member = Member(name=name, language="fr")

        async def accept(connection: AsyncConnection) -> object:
            return await accept_invitation(
                connection, member, town.house, invitation=digest(token), at=START
            )

        return accept

    outcomes = await town.at_once(accepted_as("eva"), accepted_as("leo"))

    assert outcomes == (f"{BASE_URL}/u/eva", Flaw.INVITATION_OVER)
    assert await town.count(Users, Users.role == "facilitator") == 1


async def _published(town: Town) -> ProposalId:
    async with town.database.read() as connection:
        published = select(Proposals.id).where(Proposals.state == "published")
        return ProposalId((await connection.execute(published)).scalars().one())


def _argument(proposal: ProposalId, name: str) -> PostArgument:
    return PostArgument(
        id=ArgumentId(f"{BASE_URL}/a/{name}"),
        proposal=proposal,
        in_reply_to=proposal,
        author=ZOE,
        author_name="@zoe",
        stance=Stance.FOR,
        text="Oui",
        html="<p>Oui</p>",
        language="fr",
        url=f"{BASE_URL}/a/{name}",
        published=None,
    )
