"""`dosfed demo`: a French and an Argentine instance whose citizens take part in each other's."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import aiohttp
import click
import orjson

from dosfed.commands.demo_people import CITIZENS, Citizen, PageFailed, take_part

FOLDER = Path("demo-data")
READY_SECONDS = 20.0
AGREE_SECONDS = 40.0
LOOK_SECONDS = 0.3
SETTLED_SECONDS = 2.5
STOP_SECONDS = 12.0
OK = 200
MIN_VOTERS = 5


class DemoFailed(Exception):
    """The demonstration came to an end that it should not have; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One of the two instances."""

    name: str
    port: int
    consultations: tuple[str, ...]
    folder: Path

    @property
    def host(self) -> str:
        """Its host; names below localhost stay on this machine."""
        return f"{self.name}.localhost:{self.port}"

    @property
    def base_url(self) -> str:
        """Its public origin."""
        return f"http://{self.host}"

    @property
    def addresses(self) -> tuple[str, ...]:
        """How other instances call its consultations."""
        return tuple(f"{consultation}@{self.host}" for consultation in self.consultations)

    @property
    def environment(self) -> dict[str, str]:
        """Its settings, on top of the environment of this process without any others."""
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith("DOSFED_")
        }
        return inherited | {
            "DOSFED_BASE_URL": self.base_url,
            "DOSFED_LISTEN": f"127.0.0.1:{self.port}",
            "DOSFED_DATA_DIR": str(self.folder),
            "DOSFED_ALLOW_PRIVATE_NETWORK": "1",
            "DOSFED_TALLY_INTERVAL": "1",
            "DOSFED_SMTP_URL": "folder",
        }


def run(*, once: bool) -> int:
    """Run the demonstration; return the exit code."""
    try:
        is_finished = asyncio.run(_until_stopped(once=once))
    except (DemoFailed, PageFailed) as failed:
        click.echo(f"dosfed: {failed}", err=True)
        return 1
    return 0 if is_finished or not once else 1


async def _until_stopped(*, once: bool) -> bool:
    """Run until the end or a signal; the instances end with it. Return whether it was the end."""
    task = asyncio.create_task(_run(once=once))
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return False
    return True


async def _run(*, once: bool) -> None:
    async with AsyncExitStack() as stack:
        folder = FOLDER
        if once:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dosfed-demo-")))
        elif folder.exists():
            shutil.rmtree(folder)  # each demonstration begins anew
        nodes = (
            Node(name="fr", port=8001, consultations=("quais", "commons"), folder=folder / "fr"),
            Node(name="ar", port=8002, consultations=("costanera",), folder=folder / "ar"),
        )
        for node in nodes:
            _check_port(node)
            await stack.enter_async_context(_serving(node))
        for node in nodes:
            await _wait_until_ready(node)
        await _exchange(nodes)
        if not once:
            await _stay(nodes)


def _check_port(node: Node) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", node.port))
        except OSError as error:
            raise DemoFailed(f"port {node.port} is in use; the demonstration needs it") from error


@asynccontextmanager
async def _serving(node: Node) -> AsyncIterator[None]:
    """Run an instance in a process of its own, as an operator does."""
    node.folder.mkdir(parents=True, exist_ok=True)
    with (node.folder / "serve.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dosfed", "serve", env=node.environment, stderr=log
        )
        try:
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()


async def _verb(node: Node, *words: str, given: bytes | None = None) -> list[dict[str, Any]]:
    """Run a verb for an instance and return the lines it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dosfed",
        *words,
        env=node.environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(given)
    if process.returncode:
        raise DemoFailed(f"{node.name}: dosfed {words[0]}: {err.decode().strip()}")
    return [orjson.loads(line) for line in out.splitlines()]


async def _wait_until_ready(node: Node) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(READY_SECONDS):
        while True:
            try:
                url = f"http://127.0.0.1:{node.port}/actor"
                async with session.get(url, headers={"Host": node.host}) as response:
                    if response.status == OK:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(LOOK_SECONDS)


async def _exchange(nodes: tuple[Node, Node]) -> None:
    """Let both instances publish, follow each other, vote and argue; say what crossed."""
    for node in nodes:
        for consultation in node.consultations:
            lines = await _verb(node, "import", "-", given=_sample(consultation))
            _say(f"{node.base_url} publishes /c/{consultation}")
            _print({"kind": "published", "node": node.name, "things": len(lines)})
    for node, other in (nodes, nodes[::-1]):
        for address in other.addresses:
            followed = (await _verb(node, "follow", address))[0]
            _say(f"{node.base_url} follows {address}: {followed['state']}")
            _print({**followed, "node": node.name})
            if followed["state"] != "accepted":
                raise DemoFailed(f"{node.name}: {address} did not answer")
    for node, other in (nodes, nodes[::-1]):
        await _people_act(node, other)
    await _agree(nodes)


def _sample(consultation: str) -> bytes:
    """Return a sample to import, whose counts show at once: so few people make no lot."""
    sample = resources.files("dosfed.samples").joinpath(f"{consultation}.json")
    document = orjson.loads(sample.read_bytes())
    for one in document["consultations"]:
        for proposal in one["proposals"]:
            if "poll" in proposal:
                proposal["poll"]["counts_from"] = 1
    return orjson.dumps(document)


async def _people_act(node: Node, other: Node) -> None:
    """Let the citizens of one instance vote and argue on both consultations, by the forms."""
    for name in CITIZENS[node.name]:
        link = (await _verb(node, "user", "add", name))[0]["sign_in"]
        citizen = Citizen(name=name, base_url=node.base_url, port=node.port, sign_in=link)
        pages = (*node.consultations, *other.addresses)
        acts = await take_part(citizen, pages)
        crossed = [act for act in acts if "@" in act["on"]]
        _print(
            {
                "kind": "crossed",
                "by": f"@{name}@{node.host}",
                "to": other.host,
                "ballots": sum(act["act"] == "ballot" for act in crossed),
                "arguments": sum(act["act"] == "argument" for act in crossed),
            }
        )
    number = len(CITIZENS[node.name])
    _say(f"{number} citizens of {node.host} voted here and at {other.host}, and argued there")


async def _agree(nodes: tuple[Node, Node]) -> None:
    """Wait until both instances show the same tallies for every poll, and print them."""
    polls = []
    for home, mirror in (nodes, nodes[::-1]):
        for consultation, address in zip(home.consultations, home.addresses, strict=True):
            paths = (
                (home, f"/c/{consultation}/tallies.json"),
                (mirror, f"/c/{address}/tallies.json"),
            )
            polls += await _same_tallies(home, paths)
    for poll in polls:
        _print(poll)
        _say(f"agreed: {poll['poll']} {poll['voters']} voters {poll['ballots']}")


async def _same_tallies(home: Node, paths: Sequence[tuple[Node, str]]) -> list[dict[str, Any]]:
    async with aiohttp.ClientSession() as session:
        deadline = asyncio.get_running_loop().time() + AGREE_SECONDS
        earlier: list[list[dict[str, Any]]] = []
        while True:
            shown = [await _tallies(session, node, path) for node, path in paths]
            # Once more after the tallies could have moved: nothing is on its way any longer.
            if shown[0] == shown[1] and _is_whole(shown[0]) and shown == earlier:
                return [
                    {
                        "kind": "poll",
                        "home": home.name,
                        "poll": tally["poll"],
                        "voters": tally["voters"],
                        "ballots": {o["name"]: o["ballots"] for o in tally["options"]},
                        "agree": True,
                    }
                    for tally in shown[0]
                ]
            if asyncio.get_running_loop().time() > deadline:
                raise DemoFailed(f"the tallies of {home.name} differ: {shown}")
            earlier = shown
            await asyncio.sleep(SETTLED_SECONDS)


def _is_whole(tallies: Sequence[Mapping[str, Any]]) -> bool:
    """Whether enough have voted in every poll."""
    return bool(tallies) and all((tally["voters"] or 0) >= MIN_VOTERS for tally in tallies)


async def _tallies(session: aiohttp.ClientSession, node: Node, path: str) -> list[dict[str, Any]]:
    url = f"http://127.0.0.1:{node.port}{path}"
    async with session.get(url, headers={"Host": node.host}) as response:
        if response.status != OK:
            raise DemoFailed(f"{node.base_url}{path} answers {response.status}")
        found: list[dict[str, Any]] = (await response.json())["proposals"]
        return sorted(found, key=lambda tally: str(tally["id"]))


async def _stay(nodes: tuple[Node, Node]) -> None:
    for node in nodes:
        link = (await _verb(node, "user", "add", "visita", "--role", "operator"))[0]
        _print({"kind": "open", "url": node.base_url, "sign_in": link["sign_in"]})
        _say(f"open {node.base_url} and look after it: sign in once at {link['sign_in']}")
        _say(f"or make an account there; the mails are in {node.folder / 'mails'}")
    _say("both stay up until you press Ctrl-C")
    await asyncio.Event().wait()


def _print(line: Mapping[str, Any]) -> None:
    click.echo(orjson.dumps(line))


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
