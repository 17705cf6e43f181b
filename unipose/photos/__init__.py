"""Photos: a stranger's file to a safe picture, the people in it, and where their joints are."""

from unipose.photos.blazepose import BlazePose
from unipose.photos.cropping import Crop, person_crop
from unipose.photos.detections import Detections, KeypointDetector, Person
from unipose.photos.files import read_detections, write_detections
from unipose.photos.finding import find_detector
from unipose.photos.people import Choice, choose_at, choose_by_words, choose_number, main_person
from unipose.photos.pictures import open_photo
from unipose.photos.told import half_a_person, how_many, nobody
from unipose.photos.vitpose import VitPose

__all__ = [
    "BlazePose",
    "Choice",
    "Crop",
    "Detections",
    "KeypointDetector",
    "Person",
    "VitPose",
    "choose_at",
    "choose_by_words",
    "choose_number",
    "find_detector",
    "half_a_person",
    "how_many",
    "main_person",
    "nobody",
    "open_photo",
    "person_crop",
    "read_detections",
    "write_detections",
]
