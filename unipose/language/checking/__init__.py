"""Statements against poses."""
