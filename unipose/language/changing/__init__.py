"""From one pose to another in words."""
