"""A town that is lived in: its people vote, write, report and are reported."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import select

from dosfed.accounts.invitations import Granted, invite
from dosfed.accounts.tables import Accounts
from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import Proposals
from tests.browser.content import TOWN
from tests.browser.desk import fill_desk
from tests.browser.town import Town
from tests.conftest import START
from tests.web.mirrored import SHOWN, mirror
from tests.web.site import Answer, Browser, path_of

ANCHOR = re.compile(r'<article class="argument[^>]*id="(a-[0-9a-f]{12})"')
VOTERS = ("bruno", "chloe", "diego", "emma", "farid", "greta")
# Not of everybody; one has no place to be broken.
NAMES = {"lea": "Léa Martin", "chloe": "Хлоя", "diego": "M" * 50, "farid": "فريد نجم"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a lived-in town has: its paths by what they show, and browsers of its people."""

    paths: dict[str, str]
    people: dict[str, Browser]


async def fill(town: Town) -> Filled:
    """Let people live in a town."""
    proposals = await town.site.import_(TOWN)
    await mirror(town.site)
    paths = {ref: path_of(uri) for ref, uri in proposals.items()} | {"mirrored": SHOWN}
    people = {name: await town.site.signed_in(name) for name in (*VOTERS, "ana", "lea")}
    people["oscar"] = await town.site.signed_in("oscar", Role.OPERATOR)
    for handle, name in NAMES.items():
        await _send(people[handle], "/account", "/name", display=name)
    for number, name in enumerate(VOTERS):
        await _take_part(people[name], number, paths)
    await _write(people, paths)
    for number, name in enumerate(VOTERS):
        await _weigh(people[name], number, paths["droite"])
    await _run_the_place(people["oscar"], paths)
    await _ask(town, people, paths)
    await _speak(people["oscar"], paths)
    await _draft(people["oscar"], paths)
    await town.work()
    await fill_desk(town, proposals["lavoir"])
    paths |= await _links(town, people["ana"])
    return Filled(paths=paths, people=people)


async def _take_part(voter: Browser, number: int, paths: dict[str, str]) -> None:
    agree = ("D'accord", "D'accord", "Pas d'accord")[number % 3]
    await _send(voter, paths["droite"], "/ballot", option=agree)
    one = ("Du pont Vieux à la halle", "L'île")[number % 2]
    await _send(voter, paths["chantier"], "/ballot", option=one)
    both = ["Des jeux", ("Un marché", "Des jardins")[number % 2]]
    await _send(voter, paths["usages"], "/ballot", option=both)
    await _send(voter, paths["navette"], "/ballot", option="Je soutiens")
    if number % 2:
        await _send(voter, paths["droite"], "/co-sign", sign="1")


async def _write(people: dict[str, Browser], paths: dict[str, str]) -> None:
    """Write what there is to read: arguments, answers, reports, a proposal, a draft."""
    ana, lea, droite = people["ana"], people["lea"], paths["droite"]
    words = "Ma mère marche avec une canne : aujourd'hui elle ne peut pas longer la Loue."
    page = await _send(ana, droite, "/arguments", text=words, stance="for", language="fr")
    paths["own"] = _place(page, "Ma mère marche")
    await _send(ana, paths["own"], "/edit", text=f"{words} Ni s'asseoir.", stance="for")
    page = await _send(lea, droite, "/arguments", text="Vous mentez !", stance="against")
    paths["insult"] = _place(page, "Vous mentez !")
    await _send(ana, paths["insult"], "/report", text="Une insulte, pas un argument.")
    await _send(lea, paths["own"], "/report", text="Je ne suis pas d'accord.")
    answer = {"in_reply_to": lea.site.base_url + paths["own"], "stance": "neutral"}
    await _send(lea, droite, "/arguments", text="Et avec une poussette ?", **answer)
    await lea.submit(droite, "/subscriptions", target=lea.site.base_url + droite, subscribe="1")
    willows: dict[str, Any] = {
        "title": "Planter des saules",
        "text": "Ils tiennent la berge.",
        "language": "fr",
    }
    await _send(lea, "/c/quais", "/proposals", **willows)
    page = await _send(ana, "/c/squares", "/proposals", title="A fountain", text="To drink from.")
    paths["fountain"] = path_of(page.url).partition("?")[0]
    await ana.submit("/c/quais/propose", "/c/quais/propose", step="draft", **willows)
    await _rewrite(people, paths)


async def _rewrite(people: dict[str, Browser], paths: dict[str, str]) -> None:
    """Let a published proposal's author ask for a new text, which waits to be read."""
    ana, oscar = people["ana"], people["oscar"]
    poplars: dict[str, Any] = {"title": "Planter des peupliers", "text": "Ils poussent vite."}
    await _send(ana, "/c/quais", "/proposals", **poplars)
    waiting = (await oscar.get("/c/quais")).text.partition("Planter des peupliers")[2]
    place = waiting.partition('action="')[2].partition("/accept")[0]
    await oscar.submit("/c/quais", f"{place}/accept", version="1")
    paths["poplars"] = place
    new: dict[str, Any] = {"title": "Planter des bouleaux", "text": "Ils poussent vite aussi."}
    await _send(ana, place, "/edit", **new, note="Moins de pollen", follows="1")


async def _weigh(reader: Browser, number: int, path: str) -> None:
    """Find the first arguments strong, and the second weak."""
    places = ANCHOR.findall((await reader.get(path)).text)
    for place in places[: 1 + number % 3]:
        weight = "weak" if place == places[1] else "strong"
        await _send(reader, path, "/weights", **{weight: place})


async def _ask(town: Town, people: dict[str, Browser], paths: dict[str, str]) -> None:
    """Let the team ask for a correction of a proposal that waits."""
    async with town.site.database.read() as connection:
        found = select(Proposals.id).where(Proposals.title == "Planter des saules")
        willows = (await connection.execute(found)).scalar_one()
    room = f"/admin/waiting?item={quote(willows, safe='')}"
    words: dict[str, Any] = {"answer": "ask", "question": "Sur quelle rive ?", "version": "1"}
    await people["oscar"].submit(room, room, object=willows, **words)
    paths["willows"] = path_of(willows)


async def _speak(operator: Browser, paths: dict[str, str]) -> None:
    """Let the organiser say something, with a word that is longer than a phone is wide."""
    token, place = "0123456789abcdef", "/c/quais/notes"
    words: dict[str, Any] = {
        "title": "La promenade est reportée",
        "text": f"Rendez-vous **samedi**. {'o' * 90}",
    }
    for seen in ("0", "1"):
        words["text"] += " Sous la halle."
        await operator.submit(place, place, id=token, seen=seen, **words)
    paths |= {"note": f"/n/{token}", "note_token": token}


async def _draft(operator: Browser, paths: dict[str, str]) -> None:
    """Let there be a consultation in the making, with a preview."""
    begin: dict[str, Any] = {"from": "assembly", "language": "fr"}
    begun = await operator.submit("/admin/consultations", "/admin/consultations", **begin)
    draft = begun.url.removeprefix(operator.site.base_url).rpartition("/")[0]
    words = {"title": "La halle", "summary": "Rouvrir.", "language": "fr", "name": "halle"}
    fields: dict[str, Any] = {**words, "organiser_title": "Ville de Sauveterre", "edition": "1"}
    await operator.submit(f"{draft}/basics", f"{draft}/basics", **fields)
    page = await operator.submit(f"{draft}/review", f"{draft}/preview")
    preview = page.text.partition('id="link" readonly value="')[2].partition('"')[0]
    paths |= {"draft": draft, "preview": path_of(preview)}


async def _run_the_place(operator: Browser, paths: dict[str, str]) -> None:
    """Do what a team does: hide, block, invite."""
    insult = operator.site.base_url + paths["insult"]
    hide = f"/admin/hide?object={insult}"
    await operator.submit(hide, "/admin/hide", object=insult, reason="Une insulte.", code="insult")
    paths["hide"] = hide
    withheld = operator.site.base_url + paths["withheld"]
    show = f"/admin/hide?object={withheld}"
    why: dict[str, Any] = {"reason": "L'adresse de quelqu'un.", "code": "personal-data"}
    await operator.submit(show, "/admin/hide", object=withheld, **why)
    paths["show_proposal"] = show
    paths["hide_proposal"] = f"/admin/hide?object={operator.site.base_url}{paths['droite']}"
    await operator.submit(
        "/admin/blocks", "/admin/blocks", target="spam.example", reason="Publicité"
    )
    await operator.submit(
        "/admin/invitations", "/admin/invitations", note="Atelier du lycée", role="citizen"
    )


async def _send(person: Browser, page: str, action: str, **fields: Any) -> Answer:
    """Send a form of a page, which must be taken."""
    answer = await person.submit(page, page + action, **fields)
    assert answer.status == 200, answer.words
    return answer


def _place(page: Answer, words: str) -> str:
    """Return the path of the argument with these words."""
    before = page.text.partition(words)[0]
    return before.rpartition('<a class="when" href="')[2].partition('"')[0]


async def _links(town: Town, ana: Browser) -> dict[str, str]:
    """Return the links that mails and invitations carry."""
    site, stranger = town.site, town.site.browser()
    async with site.database.write() as connection:
        everywhere = Granted(role="citizen", consultation=None)
        token = await invite(connection, everywhere, note="", invited_by="", at=START)
        quays = Granted(role="organiser", consultation=f"{site.base_url}/c/quais")
        to_team = await invite(connection, quays, note="", invited_by="", at=START)
    await stranger.submit("/sign-up", "/sign-up", email="new@mail.example")
    await ana.submit("/account", "/account/address", email="ana@mail.example")
    address = await site.link_in_mail("ana@mail.example")
    await ana.submit(address, address)
    await ana.submit("/account", "/account/password", password="four words of mine")
    await stranger.submit("/forgot", "/forgot", email="ana@mail.example")
    reset = await site.link_in_mail("ana@mail.example")
    await ana.submit(
        "/account", "/account/address", email="a@mail.example", current="four words of mine"
    )
    async with site.database.read() as connection:
        unsubscribe = (await connection.execute(select(Accounts.unsubscribe).limit(1))).scalar_one()
    return {
        "invitation": f"/invitation/{token}",
        "team_invitation": f"/invitation/{to_team}",
        "sign_up": await site.link_in_mail("new@mail.example"),
        "address": await site.link_in_mail("a@mail.example"),
        "reset": reset,
        "unsubscribe": f"/unsubscribe/{unsubscribe}",
    }
