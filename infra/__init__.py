"""Clients of the parts we stand on: Kafka, PostgreSQL, the object store, logs, metrics. No rule of the business."""
