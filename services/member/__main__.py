"""`python -m services.member api|worker|migrate`."""

from pathlib import Path

from services.member.bootstrap import create_api, create_worker
from services.member.settings import MemberSettings
from shared.processes.main import run

if __name__ == "__main__":
    run(Path(__file__).parent, MemberSettings, create_api, create_worker)
