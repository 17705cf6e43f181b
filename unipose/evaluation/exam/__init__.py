"""Exams that were written by hand, and their marking."""
