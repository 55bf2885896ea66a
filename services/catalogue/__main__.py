"""`python -m services.catalogue api|worker|migrate`."""

from pathlib import Path

from services.catalogue.bootstrap import create_api, create_worker
from services.catalogue.settings import CatalogueSettings
from shared.processes.main import run

if __name__ == "__main__":
    run(Path(__file__).parent, CatalogueSettings, create_api, create_worker)
