"""The people of the demonstration: each uses the pages as a browser does, form by form."""

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
STRONG = re.compile(r'name="strong" value="([^"]*)"')
REPORT = re.compile(r'href="([^"]+/report)"')
BALLOT = re.compile(r'<form[^>]*action="([^"]+/ballot)(/confirm)?(?:#[^"]*)?".*?</form>', re.DOTALL)
OPTION = re.compile(r'<input[^>]*name="option"[^>]*value="([^"]*)"')
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
SEE_OTHER = 303
OK = 200
# Who does what besides voting and arguing, so that no part of the pages is empty.
WEIGHS = frozenset({"louis", "ines", "emile", "valentina", "juan"})
CO_SIGNS = frozenset({"nadia", "hugo", "lucia", "tomas"})
REPORTS = frozenset({"emile", "tomas"})
REPORT_TEXT = "Relisez le ton de ce message, s'il vous plaît. · Revisen el tono, por favor."
PROPOSES: Mapping[str, Mapping[str, str]] = {
    "nadia": {
        "title": "Des bancs à l'ombre tous les cent mètres",
        "text": "Ma mère marche cent mètres, puis doit s'asseoir. Sans bancs, la promenade n'est "
        "pas pour elle.\n\nOn peut commencer avec les douze bancs stockés au dépôt municipal.",
        "tags": "usages, accessibilité",
        "language": "fr",
        "group": "1",
        "group_name": "Café des aînés",
        "group_size": "14",
    },
    "lucia": {
        "title": "Sombra antes que asfalto",
        "text": "Cuarenta lapachos cuestan lo que diez metros de pavimento.\n\n"
        "La escuela técnica puede cuidar los plantines dos años.",
        "tags": "paseo",
        "language": "es",
    },
}
DRAFTS: Mapping[str, Mapping[str, str]] = {
    "ines": {
        "title": "Un registre des crues, tenu avec les habitants",
        "text": "Chaque repère de crue photographié, daté, sur une carte que tous complètent.",
        "tags": "",
        "language": "fr",
    },
}


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
    """Sign in, vote on every proposal of these consultations, and do what else this one does.

    The first address is that of the citizen's own town. Returns what was done, in words for
    the operator. Raises `PageFailed`.
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
        own = addresses[0]
        await _contribute(session, citizen, own, (await _proposals(session, citizen, own))[0])
    return acts


async def _contribute(
    session: aiohttp.ClientSession, citizen: Citizen, address: str, proposal: str
) -> None:
    """Weigh, co-sign, report and propose, as far as this citizen does."""
    url = citizen.base_url + proposal
    page = await _open(session, url)
    if citizen.name in WEIGHS and (strong := STRONG.search(page)):
        await _send(session, f"{url}/weights", page, {"strong": unescape(strong.group(1))})
    if citizen.name in CO_SIGNS:
        await _send(session, f"{url}/co-sign", page, {"sign": "1"})
    if citizen.name in REPORTS and (found := REPORT.search(page)):
        report = citizen.base_url + unescape(found.group(1))
        await _send(session, report, await _open(session, report), {"text": REPORT_TEXT})
    write = f"{citizen.base_url}/c/{address}/propose"
    if citizen.name in PROPOSES:
        proposals = f"{citizen.base_url}/c/{address}/proposals"
        await _send(session, proposals, await _open(session, write), PROPOSES[citizen.name])
    if citizen.name in DRAFTS:
        fields = {**DRAFTS[citizen.name], "step": "draft"}
        await _send(session, write, await _open(session, write), fields)


async def _proposals(session: aiohttp.ClientSession, citizen: Citizen, address: str) -> list[str]:
    """Return the paths of a consultation's proposals on the citizen's own instance."""
    async with session.get(f"{citizen.base_url}/c/{address}/tallies.json") as response:
        found = (await response.json())["proposals"]
    prefix = f"/c/{address}/p/" if "@" in address else "/p/"
    return [prefix + proposal["id"].rpartition("/")[2] for proposal in found]


async def _vote(
    session: aiohttp.ClientSession, citizen: Citizen, path: str, number: int
) -> dict[str, Any]:
    """Choose an option, look at it once more where there are several, and cast the ballot."""
    page = await _open(session, citizen.base_url + path)
    form = BALLOT.search(page)
    if form is None:
        raise PageFailed(f"{path}: no vote box")
    options = [unescape(option) for option in OPTION.findall(form.group(0))]
    # Not everybody agrees, and not everywhere on the same thing.
    chosen = {"option": options[(len(citizen.name) + number) % len(options)]}
    action = citizen.base_url + unescape(form.group(1))
    if form.group(2):
        page = await _send(session, f"{action}/confirm", page, chosen, status=OK)
    await _send(session, action, page, chosen)
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
    session: aiohttp.ClientSession,
    url: str,
    page: str,
    fields: Mapping[str, str],
    *,
    status: int = SEE_OTHER,
) -> str:
    """Send a form with the token of the page that it stood on; return what comes back."""
    csrf = CSRF.search(page)
    if csrf is None:
        raise PageFailed(f"{url}: no form to send")
    form = {**fields, "csrf": unescape(csrf.group(1))}
    async with session.post(url, data=form, allow_redirects=False) as response:
        if response.status != status:
            raise PageFailed(f"{url} answers {response.status}")
        return await response.text()
