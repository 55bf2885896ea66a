"""What a certificate process is told by its environment."""

from pydantic import Field, SecretStr

from shared.settings import Settings


class CertificateSettings(Settings):
    """Where certificates are published, and what opens the tenants' keys."""

    #: A host name, not an address: did:web forbids those. It is signed, so it stays for ever.
    public_url: str = "http://localhost:8104"
    #: 32 bytes in base64url.
    certificate_master_key: SecretStr
    #: A signature takes milliseconds; fewer records keep a transaction short.
    consumer_batch_records: int = Field(default=50, ge=1, le=5_000)
