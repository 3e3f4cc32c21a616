"""The people of the demonstration: each uses the pages as a browser does."""

import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

CITIZENS: Mapping[str, Sequence[str]] = {
    "fr": ("camille", "louis", "ines", "hugo", "nadia", "emile"),
    "ar": ("sofia", "mateo", "valentina", "juan", "lucia", "tomas"),
}
# What a few of them answer to the first proposal of the other town.
ARGUMENTS: Mapping[str, tuple[str, str]] = {
    "camille": (
        "for",
        "Chez nous aussi, le dimanche sans voitures a commencé comme un essai. "
        "Publier les chiffres après six mois a convaincu les commerçants.",
    ),
    "hugo": (
        "against",
        "Et les pêcheurs qui viennent de loin ? Deux parkings à la gare routière, "
        "c'est à vingt minutes à pied avec le matériel.",
    ),
    "sofia": (
        "for",
        "En Villa Ribera perdimos la orilla por los autos; hacerla paseo cuesta menos "
        "que reparar el asfalto después de cada creciente.",
    ),
    "mateo": (
        "neutral",
        "¿La lanzadera pasa también de noche? Si no, los que trabajan en turnos "
        "van a seguir dejando el auto donde puedan.",
    ),
}
FORM = re.compile(r'<form[^>]*action="([^"]+/ballot)".*?</form>', re.DOTALL)
OPTION = re.compile(r'<input[^>]*name="option"[^>]*value="([^"]*)"')
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
SEE_OTHER = 303


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """Somebody with an account on one of the instances."""

    name: str
    base_url: str
    port: int
    sign_in: str


class PageFailed(Exception):
    """A page did not answer as it should have."""


class _Loopback(AbstractResolver):
    """Names below localhost are this machine, whatever its resolver says."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the loopback address."""
        del family  # this address has one only
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def take_part(citizen: Citizen, addresses: Sequence[str]) -> list[dict[str, Any]]:
    """Sign in, vote on every proposal of these consultations, argue where something is to say.

    Returns what was done, in words for the operator. Raises `PageFailed`.
    """
    connector = aiohttp.TCPConnector(resolver=_Loopback())
    acts = []
    async with aiohttp.ClientSession(connector=connector) as session:
        await _open(session, citizen.sign_in)
        for address in addresses:
            proposals = await _proposals(session, citizen, address)
            for number, path in enumerate(proposals):
                acts.append(await _vote(session, citizen, path, number))
            if "@" in address and citizen.name in ARGUMENTS:
                acts.append(await _argue(session, citizen, proposals[0]))
    return acts


async def _proposals(session: aiohttp.ClientSession, citizen: Citizen, address: str) -> list[str]:
    """Return the paths of a consultation's proposals on the citizen's own instance."""
    async with session.get(f"{citizen.base_url}/c/{address}/tallies.json") as response:
        found = (await response.json())["proposals"]
    prefix = f"/c/{address}/p/" if "@" in address else "/p/"
    return [prefix + proposal["id"].rpartition("/")[2] for proposal in found]


async def _vote(
    session: aiohttp.ClientSession, citizen: Citizen, path: str, number: int
) -> dict[str, Any]:
    page = await _open(session, citizen.base_url + path)
    form = FORM.search(page)
    if form is None:
        raise PageFailed(f"{path}: no vote box")
    options = [unescape(option) for option in OPTION.findall(form.group(0))]
    # Not everybody agrees, and not everywhere on the same thing.
    option = options[(len(citizen.name) + number) % len(options)]
    action = citizen.base_url + unescape(form.group(1))
    await _send(session, action, page, {"option": option})
    return {"act": "ballot", "on": path}


async def _argue(session: aiohttp.ClientSession, citizen: Citizen, path: str) -> dict[str, Any]:
    page = await _open(session, citizen.base_url + path)
    stance, text = ARGUMENTS[citizen.name]
    action = f"{citizen.base_url}{path}/arguments"
    await _send(session, action, page, {"stance": stance, "text": text})
    return {"act": "argument", "on": path, "stance": stance}


async def _open(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url) as response:
        if not response.ok:
            raise PageFailed(f"{url} answers {response.status}")
        return await response.text()


async def _send(
    session: aiohttp.ClientSession, url: str, page: str, fields: Mapping[str, str]
) -> None:
    """Send a form with the token of the page that it stood on."""
    csrf = CSRF.search(page)
    if csrf is None:
        raise PageFailed(f"{url}: no form to send")
    form = {**fields, "csrf": unescape(csrf.group(1))}
    async with session.post(url, data=form, allow_redirects=False) as response:
        if response.status != SEE_OTHER:
            raise PageFailed(f"{url} answers {response.status}")
