"""What to say: what is usual, what tells most, how much of it."""
