"""What leaves the platform: one log per tenant, read by Kafka, webhook or HTTP."""
