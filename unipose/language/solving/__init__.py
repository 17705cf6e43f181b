"""From statements to a pose."""
