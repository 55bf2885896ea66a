"""The errors of the certificate service."""


class CertificateError(Exception):
    """Something the certificate service refuses; ``code`` is stable and part of the contract."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
