"""Photos: a stranger's file to a safe picture, the people in it, and where their joints are."""

from unipose.photos.detections import Detections, KeypointDetector, Person
from unipose.photos.pictures import open_photo

__all__ = ["Detections", "KeypointDetector", "Person", "open_photo"]
