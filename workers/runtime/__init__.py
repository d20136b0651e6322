"""The exactly-once loop that all stages share."""
