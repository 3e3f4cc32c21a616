"""What the team of a town finds on its desk: reports, servers and mails that fail."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.tables import FediverseAccounts, Mails
from dosfed.activitypub import outbox
from dosfed.activitypub.tables import Destinations
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.model import ActorId
from dosfed.deliberation.moderation.model import Report
from tests.browser.town import Town
from tests.conftest import START

BO = "https://masto.example/users/bo"


async def fill_desk(town: Town, proposal: str) -> None:
    """Let there be work for a moderator and for an operator."""
    report = Report(
        reporter=ActorId(BO), objects=(proposal, "https://gone.example/1"), text="Is this true?"
    )
    guest = {
        "actor": BO,
        "host": "masto.example",
        "handle": "@bo@masto.example",
        "language": "fr",
        "scope": "read",
        "signed_in_at": START,
        "suspended_at": START,
    }
    async with town.site.database.write() as connection:
        submission = Submission(command=report, at=START, activity={"type": "Flag"})
        await perform_one(connection, submission, town.site.house)
        await connection.execute(insert(FediverseAccounts).values(guest))
        await connection.execute(insert(Mails).values(_failed_mail()))
        await _let_servers_fail(connection, town.base_url)


async def _let_servers_fail(connection: AsyncConnection, base_url: str) -> None:
    hosts = ("fails.example", "dead.example")
    activity = {"type": "Create", "id": f"{base_url}/activities/1", "actor": base_url}
    await outbox.put(
        connection, activity, at=START, inboxes=[f"https://{host}/inbox" for host in hosts]
    )
    failing = {"failures": 4, "failing_since": START, "next_at": START + timedelta(hours=3)}
    await connection.execute(
        update(Destinations).where(Destinations.host.in_(hosts)).values(failing)
    )
    await connection.execute(
        update(Destinations).where(Destinations.host == "dead.example").values(dead_at=START)
    )


def _failed_mail() -> dict[str, Any]:
    return {
        "recipient": "zoe@ville.example",
        "subject": "…",
        "text": "…",
        "headers": {},
        "created_at": START,
        "next_at": START + timedelta(days=1),
        "failures": 2,
        "error": "550 5.1.1 mailbox unavailable",
    }
