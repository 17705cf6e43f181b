"""Poses to look for: by words, and by likeness to a pose. The shipped ones are the named poses of the lexicon.

:class:`Library` searches :class:`Shelf` after shelf; ``shipped()`` is the shelf that comes with the package.
"""

from unipose.library.library import Found, Library
from unipose.library.shelves import Shelf, shipped

__all__ = ["Found", "Library", "Shelf", "shipped"]
