"""The feed's api as it is, except that a token says by itself who calls: a realm would add nothing to these figures."""

from fastapi import FastAPI

from services.feed.bootstrap import create_api
from services.feed.settings import FeedSettings
from tests.isolation.world import Tokens


def create() -> FastAPI:
    """For `uvicorn --factory`."""
    app = create_api(FeedSettings())
    app.state.authenticator = Tokens()
    return app
