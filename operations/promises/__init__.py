"""Which promises are kept, which are in danger and until when."""
