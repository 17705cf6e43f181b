"""Measuring a model: tasks on held-out people, and the machine's time and memory."""
