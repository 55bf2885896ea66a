"""Apis as they are, except that a token says by itself who calls: a realm would add nothing to these figures."""

from fastapi import FastAPI

from services.feed import bootstrap as feed_service
from services.feed.settings import FeedSettings
from services.voucher import bootstrap as voucher_service
from services.voucher.settings import VoucherSettings
from tests.isolation.world import Tokens


def feed() -> FastAPI:
    """For `uvicorn --factory`."""
    return _with_own_tokens(feed_service.create_api(FeedSettings()))


def voucher() -> FastAPI:
    """For `uvicorn --factory`."""
    return _with_own_tokens(voucher_service.create_api(VoucherSettings()))


def _with_own_tokens(app: FastAPI) -> FastAPI:
    app.state.authenticator = Tokens()
    return app
