"""Training records: adapters from pose collections, and records made of poses and language."""
