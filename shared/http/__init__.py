"""The HTTP side of a service: app factory, problems, health, idempotency keys, validated bodies."""
