"""What a voucher process is told by its environment."""

from shared.settings import Settings


class VoucherSettings(Settings):
    """Nothing beyond what every service needs."""
