"""How a process reaches the broker, for aiokafka and for FastStream."""

import logging
import ssl
from typing import Any

from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLScram512

from shared.settings import Settings

MECHANISM = "SCRAM-SHA-512"


def connection_options(settings: Settings) -> dict[str, Any]:
    """Options of an aiokafka client."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_uses_tls:
        options["ssl_context"] = ssl.create_default_context()
    if settings.kafka_username:
        options |= {
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def create_broker(settings: Settings) -> KafkaBroker:
    """The FastStream broker that a worker's subscriber belongs to."""
    return KafkaBroker(
        settings.kafka_bootstrap_servers,
        security=_security(settings),
        graceful_timeout=10.0,
        allow_auto_create_topics=False,
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
    )


def _security(settings: Settings) -> BaseSecurity | None:
    context = ssl.create_default_context() if settings.kafka_uses_tls else None
    if not settings.kafka_username:
        return BaseSecurity(ssl_context=context)
    return SASLScram512(
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
        ssl_context=context,
        use_ssl=settings.kafka_uses_tls,
    )
