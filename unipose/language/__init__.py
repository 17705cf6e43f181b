"""Geometry and words: measures of a pose, what they say, and back again. No network, no model.

``Registry`` measures poses; ``Describer`` (``Planner`` and ``Writer``) and ``EditWriter``
put it into words; ``Parser`` reads words; ``Checker`` and ``Judgement`` compare the two; ``Solver`` finds a pose that
does what is said; ``Answerer`` answers questions, ``Asker`` makes some up; ``classify`` tells what a message asks for.
"""

from unipose.language.asking.answering import Answerer
from unipose.language.asking.answers import Answer
from unipose.language.asking.asker import Asker
from unipose.language.captions import Caption, Clause
from unipose.language.changing.edits import EditWriter
from unipose.language.checking.checker import Checker
from unipose.language.checking.verdicts import Judgement, Verdict
from unipose.language.choosing.bank import Bank
from unipose.language.choosing.plan import Planner
from unipose.language.items import Amount, Change, Item, Keep, Match, Statement
from unipose.language.measuring.posture import posture
from unipose.language.measuring.registry import Registry
from unipose.language.reading.parser import Parse, Parser
from unipose.language.reading.routes import classify
from unipose.language.solving.archetypes import Archetypes
from unipose.language.solving.solver import Solver
from unipose.language.writing.describer import Describer
from unipose.language.writing.styles import Style
from unipose.language.writing.writer import Writer

__all__ = [
    "Amount",
    "Answer",
    "Answerer",
    "Archetypes",
    "Asker",
    "Bank",
    "Caption",
    "Change",
    "Checker",
    "Clause",
    "Describer",
    "EditWriter",
    "Item",
    "Judgement",
    "Keep",
    "Match",
    "Parse",
    "Parser",
    "Planner",
    "Registry",
    "Solver",
    "Statement",
    "Style",
    "Verdict",
    "Writer",
    "classify",
    "posture",
]
