"""Once a vote is closed, anybody downloads its ballots and counts again."""

import hashlib
from datetime import timedelta

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select

from dosfed.acts.documents import Asked, document
from dosfed.cli import verbs
from dosfed.deliberation.votes.tables import Ballots, Tallies
from dosfed.web.open_data.files import DATA_FILES
from tests.independent_recount import count
from tests.web.site import JSON, Site, path_of

VOTERS = 6


async def vote(site: Site, path: str, options: list[str]) -> None:
    for number, option in enumerate(options):
        browser = await site.signed_in(f"voter{number}")
        await browser.submit(path, f"{path}/ballot", option=option)


async def close(site: Site) -> None:
    site.clock.moment += timedelta(days=300)
    await site.tick()


@pytest.mark.rule("2.8")
async def test_a_stranger_counts_again_what_the_page_says(
    site: Site, proposals: dict[str, str]
) -> None:
    path, stranger = path_of(proposals["secret"]), site.browser()
    options = ["D'accord"] * 4 + ["Pas d'accord", "Abstention"]
    await vote(site, path, options)
    assert (await stranger.get(f"{path}/ballots.jsonl")).status == 404
    await close(site)

    file = await stranger.get(f"{path}/ballots.jsonl")

    assert file.status == 200
    counted = count(file.text.encode())
    assert counted["ballots"] == [4, 1, 1]
    assert counted["sha256"] in (await stranger.get(path)).text
    tallies = orjson.loads((await stranger.get("/c/quais/tallies.json")).text)
    [one] = [one for one in tallies["proposals"] if one["id"] == proposals["secret"]]
    assert one["file"] == {
        "url": f"{proposals['secret']}/ballots.jsonl",
        "sha256": counted["sha256"],
    }
    said = orjson.loads((await stranger.get(path, accept=JSON)).text)
    assert said["dosfed:ballotsSha256"] == counted["sha256"]
    assert said["dosfed:ballots"] == f"{proposals['secret']}/ballots.jsonl"
    assert "voter" not in file.text
    assert site.base_url + "/u/" not in file.text


@pytest.mark.rule("2.8")
async def test_the_file_stays_the_same_when_ballots_are_erased_and_voters_leave(
    site: Site, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["secret"])
    await vote(site, path, ["D'accord"] * VOTERS)
    await close(site)
    before = await site.browser().get(f"{path}/ballots.jsonl")
    async with site.database.write() as connection:
        await connection.execute(delete(Ballots))
    site.app[DATA_FILES].clear()

    after = await site.browser().get(f"{path}/ballots.jsonl")

    assert after.text == before.text
    assert after.headers["etag"] == before.headers["etag"]


@pytest.mark.rule("2.8")
async def test_below_the_smallest_number_and_while_hidden_there_is_none(
    site: Site, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["secret"])
    await vote(site, path, ["D'accord"] * 4)
    await close(site)
    assert (await site.browser().get(f"{path}/ballots.jsonl")).status == 404
    async with site.database.read() as connection:
        kept = select(Tallies.ballots_groups).where(Tallies.poll == proposals["secret"])
        assert (await connection.execute(kept)).scalar_one() is None
        asked = Asked(instance=site.house.instance, path=path, query={}, now=site.clock.now())
        assert "dosfed:ballotsSha256" not in str(await document(connection, asked))


@pytest.mark.rule("2.8")
async def test_the_command_line_counts_without_an_instance(
    site: Site, proposals: dict[str, str]
) -> None:
    path = path_of(proposals["trace"])
    await vote(site, path, ["Nord", "Sud", "Nord"])
    await close(site)
    raw = (await site.browser().get(f"{path}/ballots.jsonl")).text.encode()

    run = CliRunner(env={"DOSFED_DATA_DIR": "/nowhere"}).invoke(verbs, ["recount", "-"], input=raw)

    line = orjson.loads(run.stdout)
    assert line["options"] == [{"name": "Nord", "ballots": 2}, {"name": "Sud", "ballots": 1}]
    assert line["sha256"] == hashlib.sha256(raw).hexdigest()
