"""What a view asks the running process for, each under a typed key of the application."""

from aiohttp import web

from dosfed.instance import Instance
from dosfed.settings import Settings
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database

DATABASE = web.AppKey("database", Database)
SETTINGS = web.AppKey("settings", Settings)
INSTANCE = web.AppKey("instance", Instance)
CLOCK: web.AppKey[Clock] = web.AppKey("clock")
