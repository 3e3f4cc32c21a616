"""A site with a consultation in French, as most tests want it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from dosfed.storage.engine import Database
from tests.conftest import GivenClock
from tests.simulated.fediverse import Fediverse, fediverse
from tests.simulated.servers import SimulatedServer
from tests.web.site import Site, serve

SPAN = {"opens": "2026-01-01T00:00:00Z", "closes": "2027-01-01T00:00:00Z"}
POLL = {"closes": "2026-07-01T00:00:00Z", "counts_from": 0}
PROPOSALS: list[dict[str, Any]] = [
    {
        "ref": "quais",
        "title": "Fermer les quais",
        "text": "Tous les **jours**.",
        "poll": {"method": "agree", **POLL},
    },
    {
        "ref": "trace",
        "title": "Quel tracé ?",
        "text": "Deux tracés.",
        "poll": {"method": "single", "options": ["Nord", "Sud"], **POLL},
    },
    {
        "ref": "besoins",
        "title": "De quoi les quais ont-ils besoin ?",
        "text": "Plusieurs réponses.",
        "poll": {"method": "multiple", "options": ["Bancs", "Arbres", "Eau"], **POLL},
    },
    {
        "ref": "navette",
        "title": "Une navette",
        "text": "Le samedi.",
        "poll": {"method": "support", "closes": POLL["closes"], "counts": "hidden"},
    },
    {
        "ref": "secret",
        "title": "Un vote discret",
        "text": "Rien avant cinq.",
        "poll": {"method": "agree", "closes": POLL["closes"], "counts_from": 5},
    },
    {"ref": "sans", "title": "Sans vote", "text": "Un texte à discuter."},
]
IMPORT: dict[str, Any] = {
    "dosfed": 1,
    "organiser": {"name": "mairie", "title": "Ville de Sauveterre"},
    "consultations": [
        {
            "name": "quais",
            "title": "Fermer les quais aux voitures ?",
            "language": "fr",
            "summary": "La ville *demande*.",
            **SPAN,
            "proposals": PROPOSALS,
        }
    ],
}


@pytest.fixture
async def site(database: Database, clock: GivenClock) -> AsyncIterator[Site]:
    """An instance that serves its pages."""
    async with serve(database, clock) as served:
        yield served


@pytest.fixture
async def proposals(site: Site) -> dict[str, str]:
    """The ids of the proposals of the consultation `quais`, by reference."""
    return await site.import_(IMPORT)


@pytest.fixture
async def world() -> AsyncIterator[Fediverse]:
    """Servers on this machine, simulated."""
    async with fediverse() as opened:
        yield opened


@pytest.fixture
def masto(world: Fediverse) -> SimulatedServer:
    """A server with Ana's account, and Bruno's."""
    server = world.server("masto")
    server.actor("ana")
    server.actor("bruno")
    return server
