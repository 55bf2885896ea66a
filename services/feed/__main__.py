"""`python -m services.feed api|worker|migrate`."""

from pathlib import Path

from services.feed.bootstrap import create_api, create_worker
from services.feed.settings import FeedSettings
from shared.processes.main import run

if __name__ == "__main__":
    run(Path(__file__).parent, FeedSettings, create_api, create_worker)
