"""A hosted Space of the app: what it is made of, put together in a folder, and tried."""
