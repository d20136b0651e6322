"""What is measured, each in a process of its own: ours, the hand-written loops and the frameworks."""
