"""What pages ask the application for, beside what the protocol's routes ask for."""

from datetime import timedelta

from aiohttp import web

from dosfed.activitypub.services import INSTANCE, SETTINGS
from dosfed.activitypub.throttle import Throttle
from dosfed.acts.submission import House
from dosfed.web.assets import ASSETS, load_assets
from dosfed.web.cache import Cache
from dosfed.web.rendering import TEMPLATES, Templates

HOUSE = web.AppKey("house", House)
CACHE = web.AppKey("cache", Cache)
# "Vote from your account" makes this server ask another one.
INTERACTIONS = web.AppKey("interactions", Throttle)
INTERACTIONS_PER_MINUTE = 10


def add_services(app: web.Application) -> None:
    """Put together what pages need; settings and instance are there already."""
    settings, instance = app[SETTINGS], app[INSTANCE]
    app[ASSETS] = load_assets()
    app[TEMPLATES] = Templates(settings, instance, app[ASSETS])
    app[CACHE] = Cache()
    app[INTERACTIONS] = Throttle(limit=INTERACTIONS_PER_MINUTE, seconds=60)
    app[HOUSE] = House(instance=instance, tally_interval=timedelta(seconds=settings.tally_interval))
