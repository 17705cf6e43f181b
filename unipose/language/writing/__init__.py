"""How to say it: grammar, styles, numbers."""
