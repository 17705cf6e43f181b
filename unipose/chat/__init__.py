"""The conversation: the model's verbs, replies and events, and sessions that remember."""

from unipose.chat.session import Session
from unipose.chat.turns import Event, PosePiece, Reply, TextPiece, Turn, TurnDone, UserError
from unipose.chat.unipose import UniPose

__all__ = ["Event", "PosePiece", "Reply", "Session", "TextPiece", "Turn", "TurnDone", "UniPose", "UserError"]
