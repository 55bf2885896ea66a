"""Kafka: topics, connection and the batch consumer."""
