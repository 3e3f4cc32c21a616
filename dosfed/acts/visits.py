"""Tokens that other servers gave us for their people, given back when these have left."""

import structlog

from dosfed.accounts.fediverse import KeptApp, KeptToken
from dosfed.accounts.secrets import Unreadable, Vault
from dosfed.activitypub.client import Client
from dosfed.activitypub.mastodon import ApiFailed, App, MastodonApi

log = structlog.get_logger(__name__)


def origin_of(uri: str) -> str:
    """Return the origin of an actor's id: its server answers there."""
    return "/".join(uri.split("/", 3)[:3])


def opened(app: KeptApp, vault: Vault) -> App:
    """Return an application with its secret, or raise `Unreadable`."""
    secret = vault.open(app.client_secret)
    return App(client_id=app.client_id, client_secret=secret, scope=app.scope)


async def give_back(client: Client, vault: Vault, app: KeptApp | None, kept: KeptToken) -> None:
    """Tell a server that we use a token no more.

    It is dropped here already; if the server cannot be told, its person can still end it there.
    """
    if app is None:
        return
    try:
        token = vault.open(kept.token)
        await MastodonApi(client, origin_of(kept.actor)).revoke(opened(app, vault), token)
    except (ApiFailed, Unreadable) as error:
        log.warning("token not given back", host=kept.host, reason=str(error))
