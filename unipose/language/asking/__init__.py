"""Questions about a pose and their answers."""
