"""Many visitors at once, long conversations and many short ones: what the app keeps, loses and needs."""
