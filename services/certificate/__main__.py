"""`python -m services.certificate api|worker|migrate`."""

from pathlib import Path

from services.certificate.bootstrap import create_api, create_worker
from services.certificate.settings import CertificateSettings
from shared.processes.main import run

if __name__ == "__main__":
    run(Path(__file__).parent, CertificateSettings, create_api, create_worker)
