"""The network: pose tokenizer, vocabulary, composed model, decoding, and the processor before it.

Importing the package makes the library's auto classes know ours.
"""

from transformers import AutoConfig, AutoModel, AutoProcessor

from unipose.model.config import PoseTokenizerConfig, UniPoseConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel

for _config, _model in ((PoseTokenizerConfig, PoseTokenizer), (UniPoseConfig, UniPoseModel)):
    AutoConfig.register(_config.model_type, _config, exist_ok=True)
    AutoModel.register(_config, _model, exist_ok=True)
AutoProcessor.register(UniPoseConfig, UniPoseProcessor, exist_ok=True)
