"""Figures of the pose language."""
