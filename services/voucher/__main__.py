"""`python -m services.voucher api|worker|migrate`."""

from pathlib import Path

from services.voucher.bootstrap import create_api, create_worker
from services.voucher.settings import VoucherSettings
from shared.processes.main import run

if __name__ == "__main__":
    run(Path(__file__).parent, VoucherSettings, create_api, create_worker)
