"""Numbers read off a pose, and what is true of it."""
