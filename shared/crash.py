"""Ending a process that must not go on. All work is transactional, so a new one takes over cleanly."""

import logging
import os
from typing import NoReturn

EXIT_CODE = 70

log = logging.getLogger(__name__)


def crash(reason: str) -> NoReturn:
    """Log the error being handled and end the process at once; its supervisor starts another."""
    log.critical("%s, the process ends", reason)
    logging.shutdown()
    os._exit(EXIT_CODE)
