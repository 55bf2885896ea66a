"""What a voucher process is told by its environment."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from services.voucher.domain.party import Cooperative
from shared.settings import Settings


class VoucherSettings(Settings):
    """What a voucher process is told beside what every process is."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    #: Who pays the providers, as it stands in proofs of use.
    cooperative_name: str = "Lernverbund eG"
    #: As JSON: {"party": {"name": …, "iban": …}, "payer": {"reference": …, "payment_days": …}}. Without it nothing is settled.
    cooperative: Cooperative | None = None
    #: 32 bytes in base64url. Lost or changed, every code that was printed is unknown.
    voucher_code_key: SecretStr
