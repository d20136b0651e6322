"""What travels and what is stored keeps its promises."""
