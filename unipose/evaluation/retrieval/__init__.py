"""Which text is about which pose, learnt: the judge of the retrieval figures.

``RetrievalModel`` puts poses, or pairs of poses, and texts into one space; ``load`` gives the shipped one.
"""

from unipose.evaluation.retrieval.model import RetrievalConfig, RetrievalModel, load

__all__ = ["RetrievalConfig", "RetrievalModel", "load"]
