"""`python -m services.console api`. There is no worker and nothing to migrate: the console has no database."""

import sys

from services.console.bootstrap import create_api
from services.console.settings import ConsoleSettings
from shared.processes.main import serve

if __name__ == "__main__":
    if sys.argv[1:] != ["api"]:
        sys.exit("usage: python -m services.console api")
    serve("console", "api", ConsoleSettings(), create_api)
