"""The route stage keeps its promises."""
