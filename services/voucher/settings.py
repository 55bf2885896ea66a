"""What a voucher process is told by its environment."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.voucher.domain.party import Cooperative
from shared.settings import Settings


class VoucherSettings(Settings):
    """What a voucher process is told beside what every process is."""

    model_config = SettingsConfigDict(env_ignore_empty=True, env_nested_delimiter="__")

    #: A batch locks and writes each pool once, however many claims there are: larger ones pay where pools are many.
    consumer_batch_records: int = Field(default=1_000, ge=1, le=5_000)
    #: Who issues invoices, in parts: COOPERATIVE__PARTY__NAME … (docs/voucher.md). Without it nothing is settled.
    cooperative: Cooperative | None = None
    #: 32 bytes in base64url. Lost or changed, every code that was printed is unknown.
    voucher_code_key: SecretStr

    @property
    def cooperative_name(self) -> str:
        """Who pays the providers, as it stands in proofs of use."""
        return self.cooperative.party.name if self.cooperative else "Lernverbund eG"
