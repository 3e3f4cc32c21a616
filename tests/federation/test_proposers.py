"""Who proposed something from another server hears what became of it, alone and once."""

from typing import Any

import pytest
from sqlalchemy import delete, select

from dosfed.activitypub.tables import Deliveries, Outbox, RemoteActors
from dosfed.acts.clockwork import sweep
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.model import ProposalId
from dosfed.deliberation.proposals.model import DecideProposal
from dosfed.deliberation.votes.tables import VotersTold
from dosfed.federation.dispatch import dispatch
from dosfed.federation.incoming import TurnedDown
from dosfed.storage.engine import Database
from dosfed.wire import terms
from tests.conftest import GivenClock
from tests.federation.test_contributions import proposals
from tests.federation.test_slow_road import incoming
from tests.federation.test_turned_away import letters
from tests.federation.town import GROUP, ORGANISER, Town, found_town, person

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ANA = person("ana")
DISCUSSION = {
    "kind": "discussion",
    "opens": "2026-01-01T00:00:00Z",
    "closes": "2027-01-01T00:00:00Z",
}


def proposing(author: str = ANA, *, number: int = 1) -> dict[str, Any]:
    """Return a public Note by which somebody proposes something to the consultation."""
    note = f"{author}/statuses/{number}"
    to = {"to": [PUBLIC], "cc": [GROUP]}
    return {
        "id": f"{note}/activity",
        "type": "Create",
        "actor": author,
        **to,
        "object": {
            "id": note,
            "type": "Note",
            "attributedTo": author,
            **to,
            "content": f"<p>Rendre le lavoir & la <b>place</b> {number}</p><p>Il est vide.</p>",
        },
    }


async def refuse(town: Town, *, is_accepted: bool = False) -> None:
    waiting = [row.id for row in await proposals(town.database) if row.state == "waiting"]
    command = DecideProposal(
        id=ProposalId(waiting[0]),
        by=None,
        is_accepted=is_accepted,
        reason="" if is_accepted else "Déjà proposé <hier>.\nVoir la page.",
    )
    async with town.database.write() as connection:
        submission = Submission(command=command, at=town.clock.now())
        await perform_one(connection, submission, town.house)


@pytest.mark.rule("3.30")
async def test_an_author_elsewhere_reads_why_their_proposal_was_refused(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(proposing())
    await refuse(town)

    (letter,) = await letters(town)
    note = letter["object"]
    assert letter["actor"] == note["attributedTo"] == ORGANISER
    assert (note["to"], note["cc"]) == ([ANA], [])
    assert note["tag"] == [{"type": "Mention", "href": ANA, "name": "@ana@masto.example"}]
    assert note["inReplyTo"] == f"{ANA}/statuses/1"
    assert "Rendre le lavoir &amp; la place 1" in note["content"]
    assert "Motif\N{NO-BREAK SPACE}: Déjà proposé &lt;hier&gt;.<br>Voir la page." in note["content"]
    assert f'href="{GROUP}"' in note["content"]
    (reject,) = await town.sent("Reject")
    assert (reject["actor"], reject["to"]) == (ORGANISER, [ANA])
    assert reject["object"] == f"{ANA}/statuses/1"
    async with database.read() as connection:
        sent = select(Outbox.is_public, Outbox.is_ephemeral, Deliveries.inbox).join(
            Deliveries, Deliveries.activity == Outbox.id
        )
        rows = (await connection.execute(sent.where(Outbox.id == letter["id"]))).all()
    assert rows == [(False, True, f"{ANA}/inbox")]


@pytest.mark.rule("3.30")
async def test_an_author_whose_proposal_is_accepted_is_mentioned_once_and_gets_no_letter(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock)
    await town.receive(proposing())
    await refuse(town, is_accepted=True)

    assert await letters(town) == []
    created = (await town.sent("Create"))[-1]
    mention = {"type": "Mention", "href": ANA, "name": "@ana@masto.example"}
    assert [tag for tag in created["object"]["tag"] if tag["type"] == "Mention"] == [mention]
    assert ANA in created["cc"]
    async with database.read() as connection:
        to = select(Deliveries.inbox).where(Deliveries.activity == created["id"])
        rows = list((await connection.execute(to)).scalars())
    assert rows == ["https://masto.example/inbox"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"phases": [DISCUSSION]}, "ne reçoit pas de propositions"),
        ({"phases": [DISCUSSION], "language": "es"}, "no admite propuestas, así"),
        ({"phases": [DISCUSSION], "language": "ca"}, "does not take proposals, so"),
        (
            {"phases": [{**DISCUSSION, "kind": "proposals", "opens": "2026-11-01T00:00:00Z"}]},
            "à partir du 2026-11-01 00:00 UTC",
        ),
        (
            {"phases": [{**DISCUSSION, "kind": "proposals", "closes": "2026-02-01T00:00:00Z"}]},
            "depuis le 2026-02-01 00:00 UTC",
        ),
        ({"opens": "2026-11-15T00:00:00Z"}, "à partir du 2026-11-15 00:00 UTC"),
    ],
)
@pytest.mark.rule("3.30")
async def test_who_posts_when_no_proposals_are_taken_is_told_when_they_are(
    given: dict[str, Any], words: str, database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, **given)
    kept = await town.receive(proposing())
    assert (kept.outcome, kept.reason) == ("refused", "wrong-phase")
    (letter,) = await letters(town)
    assert words in letter["object"]["content"]
    assert letter["object"]["to"] == [ANA]
    (reject,) = await town.sent("Reject")
    assert reject[terms.REASON] == "wrong-phase"


@pytest.mark.rule("3.30")
async def test_of_that_each_author_is_told_once_for_each_consultation(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, phases=[DISCUSSION])
    for author in (ANA, person("bo")):
        for number in (1, 2):
            await town.receive(proposing(author, number=number))
    told = sorted(letter["object"]["to"][0] for letter in await letters(town))
    assert told == [ANA, person("bo")]

    await town.receive({"id": f"{ANA}#d", "type": "Delete", "actor": ANA, "object": ANA})
    assert await marks(database) == 1
    clock.advance(days=800)
    async with database.write() as connection:
        await sweep(connection, now=clock.now(), since=None)
    assert await marks(database) == 0


@pytest.mark.rule("3.30")
async def test_nobody_is_written_to_long_after_a_consultation_or_whom_we_do_not_know(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, phases=[DISCUSSION])
    await town.store(proposing())
    async with database.write() as connection:
        await connection.execute(delete(RemoteActors))
    await town.judge_all()
    assert await letters(town) == []
    while clock.now().year < 2027 or clock.now().day < 9:
        clock.advance(days=1)
    await town.receive(proposing(number=2))
    assert await letters(town) == []


async def test_such_a_letter_asks_another_instance_for_nothing(
    database: Database, clock: GivenClock
) -> None:
    town = await found_town(database, clock, phases=[DISCUSSION])
    await town.receive(proposing())
    (letter,) = await letters(town)
    with pytest.raises(TurnedDown, match="not-public"):
        dispatch(incoming({**letter, "actor": ORGANISER}))


async def marks(database: Database) -> int:
    async with database.read() as connection:
        return len((await connection.execute(select(VotersTold.mark))).all())
