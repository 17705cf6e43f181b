"""Dressed, lit, textured people in front of varied backgrounds, drawn from the free body with all that is true of them.

A build-time tool: it makes the pictures that the image tower and the keypoint encoder learn from. Every picture is
drawn from ``(seed, number)`` alone, so that a set can be resumed, or written by several processes at once::

    python -m tools.people --data DATA --out FOLDER --count 1000 --split train --seed 1
"""
