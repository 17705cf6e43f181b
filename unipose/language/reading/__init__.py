"""Words to statements."""
