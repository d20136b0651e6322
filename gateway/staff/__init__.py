"""Pages for members of staff: signing in, entering complaints, reports, records. Nothing shows without a sign-in."""
