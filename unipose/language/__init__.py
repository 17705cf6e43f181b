"""Geometry and words: measures of a pose, what they say, and back again. No network, no model.

``Registry`` measures poses; ``Describer`` (``Planner`` and ``Writer``) and ``EditWriter``
put it into words; ``Parser`` reads words; ``Checker`` and ``Judgement`` compare the two; ``Solver`` finds a pose that
does what is said; ``Answerer`` answers questions, ``Asker`` makes some up; ``classify`` tells what a message asks for.
"""

from unipose.language.answering import Answerer
from unipose.language.answers import Answer
from unipose.language.asking import Asker
from unipose.language.bank import Bank
from unipose.language.captions import Caption, Clause
from unipose.language.checker import Checker
from unipose.language.describer import Describer
from unipose.language.edits import EditWriter
from unipose.language.items import Amount, Change, Item, Keep, Match, Statement
from unipose.language.parser import Parse, Parser
from unipose.language.plan import Planner
from unipose.language.posture import posture
from unipose.language.registry import Registry
from unipose.language.routes import classify
from unipose.language.solver import Solver
from unipose.language.styles import Style
from unipose.language.verdicts import Judgement, Verdict
from unipose.language.writer import Writer

__all__ = [
    "Amount",
    "Answer",
    "Answerer",
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
