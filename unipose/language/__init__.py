"""Geometry and words: measures of a pose, what they say, and back again. No network, no model.

``Registry`` measures poses and knows what is true of them; ``Writer`` and ``EditWriter`` put it into words;
``Parser`` reads words; ``Checker`` compares the two; ``classify`` tells what a message asks for.
"""

from unipose.language.bank import Bank
from unipose.language.captions import Caption, Clause
from unipose.language.checker import Checker
from unipose.language.edits import EditWriter
from unipose.language.items import Amount, Change, Item, Keep, Match, Statement
from unipose.language.parser import Parse, Parser
from unipose.language.posture import posture
from unipose.language.registry import Registry
from unipose.language.routes import classify
from unipose.language.writer import Writer

__all__ = [
    "Amount",
    "Bank",
    "Caption",
    "Change",
    "Checker",
    "Clause",
    "EditWriter",
    "Item",
    "Keep",
    "Match",
    "Parse",
    "Parser",
    "Registry",
    "Statement",
    "Writer",
    "classify",
    "posture",
]
