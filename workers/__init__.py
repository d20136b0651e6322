"""Everything that consumes: the exactly-once loop, the stages, the sender of outgoing messages."""
