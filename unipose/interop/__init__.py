"""Official checkpoints to ours. Foreign names stay in this folder."""

from unipose.interop.convert import convert
from unipose.interop.loading import load_official
from unipose.interop.names import translate
from unipose.interop.official import OfficialFiles
from unipose.interop.settings import read_vision

__all__ = ["OfficialFiles", "convert", "load_official", "read_vision", "translate"]
