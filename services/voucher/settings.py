"""What a voucher process is told by its environment."""

from shared.settings import Settings


class VoucherSettings(Settings):
    """What a voucher process is told beside what every process is."""

    #: Who pays the providers, as it stands in proofs of use.
    cooperative_name: str = "Lernverbund eG"
