"""The classify stage keeps its promises."""
