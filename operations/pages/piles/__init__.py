"""Piles of what waits for a person: suspended deliveries and dead letters, looked at and acted on alike."""
