"""Two proposals, one word in every part of theirs, and every place where it could be read."""

import re
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from dosfed.activitypub.collections import outbox_page
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Command, Submission
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ActorId, Role
from tests.web.conftest import SPAN
from tests.web.site import Answer, Browser, Site, path_of

WORD = "Zanzibar"
REASON = "Une adresse <privée>."
ARGUMENT = "Cela me convient."
ENDS = "2026-07-01T00:00:00Z"
GIVEN: dict[str, Any] = {
    "ref": "voted",
    "title": f"Rue de {WORD}",
    "text": f"Elle va à {WORD}.",
    "tags": [WORD],
    "group": {"name": f"Club {WORD}", "size": 12},
    "versions": [
        {
            "title": f"Chemin de {WORD}",
            "text": f"Il va à {WORD}.",
            "note": f"Vers {WORD}",
            "by": "author",
            "replaced": "2026-04-01T00:00:00Z",
        }
    ],
    "poll": {
        "method": "single",
        "options": [f"{WORD} nord", "Sud"],
        "closes": ENDS,
        "counts_from": 0,
    },
}
CONSULTATION = {
    "name": "quais",
    "title": "Fermer les quais aux voitures ?",
    "language": "fr",
    **SPAN,
    "proposals": [GIVEN, {"ref": "other", "title": "Une navette", "text": "Le samedi."}],
}


@dataclass(slots=True, kw_only=True)
class Case:
    """Two proposals, one with a vote and one of Ana's, and those who have to do with them."""

    site: Site
    moderator: Browser
    ana: Browser
    zoe: Browser
    voted: str
    written: str

    async def hide(self, proposal: str, **fields: Any) -> Answer:
        """Hide a proposal, or show it again, as the form does."""
        typed: dict[str, Any] = {"object": proposal, "reason": REASON, "code": "personal-data"}
        typed |= fields
        answer = await self.moderator.submit("/admin/blocks", "/admin/hide", **typed)
        await self.site.tick()
        return answer

    async def show(self, proposal: str) -> Answer:
        """Show it again."""
        return await self.hide(proposal, show="1", reason="")

    async def perform(self, command: Command, **activity: str) -> None:
        """Bring a command before the door, as a form does, or an activity from elsewhere."""
        at = self.site.clock.now()
        submission = Submission(command=command, at=at, activity=activity or None)
        async with self.site.database.write() as connection:
            await perform_one(connection, submission, self.site.house)

    async def read(self, path: str, *, accept: str = "text/html") -> Answer:
        """Return what a stranger finds at a path."""
        self.site.forget()
        return await self.site.browser().get(path, accept=accept)

    async def count(self, what: Any) -> int:
        """Return how many rows there are."""
        async with self.site.database.read() as connection:
            return (await connection.execute(select(func.count(what)))).scalar_one()

    def citizen(self, name: str) -> ActorId:
        """Return the id of somebody with an account here."""
        return ActorId(self.site.house.instance.citizen(name))


@pytest.fixture
async def case(site: Site) -> Case:
    """Everything that can be said about a proposal is said; its words all have one word."""
    made = await site.import_(
        {
            "dosfed": 1,
            "organiser": {"name": "mairie", "title": "Ville"},
            "consultations": [CONSULTATION],
        }
    )
    ana, zoe = await site.signed_in("ana"), await site.signed_in("zoe")
    moderator = await site.signed_in("mod", Role.FACILITATOR)
    written: dict[str, Any] = {
        "title": f"Un port à {WORD}",
        "text": f"Comme à {WORD}.",
        "tags": WORD,
    }
    await ana.submit("/c/quais", "/c/quais/proposals", **written)
    opened = (await moderator.get("/c/quais")).text
    accept = re.search(r'action="(/p/\w+)/accept"', opened)
    assert accept is not None
    await moderator.submit("/c/quais", f"{accept[1]}/accept")
    for path in (path_of(made["voted"]), accept[1]):
        await zoe.submit(path, f"{path}/arguments", text=ARGUMENT, stance="for")
        await zoe.submit(path, f"{path}/co-sign", sign="1")
        await zoe.submit(path, "/subscriptions", target=site.base_url + path, subscribe="1")
    page = path_of(made["voted"])
    await zoe.submit(page, f"{page}/ballot", option=f"{WORD} nord")
    await site.tick()
    return Case(
        site=site,
        moderator=moderator,
        ana=ana,
        zoe=zoe,
        voted=made["voted"],
        written=site.base_url + accept[1],
    )


def everywhere(case: Case) -> list[str]:
    """Return every path at which something of a proposal can be read while it is there."""
    found = [
        "/",
        "/c/quais",
        "/c/quais?show=open&sort=newest",
        "/c/quais?sort=argued",
        "/c/quais/calendar.ics",
        "/calendar.ics",
        "/c/quais/feed.atom",
        "/feed.atom",
        "/search?q=zanzib",
        "/c/quais/similar?title=Zanzibar",
        "/c/quais/propose",
        "/c/quais/tallies.json",
        "/o/mairie",
        "/u/ana",
        "/u/zoe",
        "/moderation",
        "/nodeinfo/2.1",
    ]
    for proposal in (case.voted, case.written):
        page = path_of(proposal)
        found += [
            page,
            f"{page}?sort=newest",
            f"{page}/feed.atom",
            f"{page}/versions",
            f"{page}/versions/1",
            f"{page}/versions/2",
            f"{page}/co-signers",
            f"/share?uri={proposal}",
            f"/interact?uri={proposal}",
            f"/authorize_interaction?uri={proposal}",
            f"{page}/card.png",
        ]
    return found


def documents(case: Case) -> list[str]:
    """Return every public document in which something of them stands."""
    found = ["/c/quais", "/c/quais/featured", "/c/quais/context?page=1", "/actor"]
    for page in (path_of(case.voted), path_of(case.written)):
        found += [page, f"{page}/replies?page=1", f"{page}/likes", f"{page}/co-signers?page=1"]
    return found


async def said(case: Case) -> str:
    """Return all that the outboxes of those concerned show."""
    pages = []
    async with case.site.database.read() as connection:
        for actor in ("/o/mairie", "/c/quais", "/u/ana", "/u/zoe"):
            uri = case.site.base_url + actor
            pages.append(orjson.dumps(await outbox_page(connection, uri, before=None)).decode())
    return "".join(pages)


async def first_argument(case: Case, proposal: str | None = None) -> str:
    """Return the argument about a proposal."""
    async with case.site.database.read() as connection:
        rows = await connection.execute(
            select(Arguments.id)
            .where(Arguments.about == (proposal or case.voted))
            .order_by(Arguments.received_at)
        )
        return str(rows.scalars().first())
