"""The pose tokenizer: 22 SMPL rotations to discrete codes and back (VQ-VAE, paper section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from unipose.body.rotations import matrix_to_rot6d, rot6d_to_matrix, to_y_up, to_z_up
from unipose.model.config import PoseTokenizerConfig
from unipose.model.conv_codec import ConvDecoder, ConvEncoder
from unipose.model.part_codec import PartDecoder, PartEncoder
from unipose.model.quantizer import Quantizer


@dataclass(frozen=True)
class TokenizerOutput:
    """What a training step needs.

    Attributes:
        rotations: [B, 22, 3, 3] reconstructed poses.
        commitment: scalar loss.
        perplexity: scalar, effective number of codes in use.
    """

    rotations: Tensor
    commitment: Tensor
    perplexity: Tensor


class PoseTokenizer(PreTrainedModel):
    """VQ-VAE over one pose.

    Geometry stays float32 whatever the rest of a composed model is cast to: in bfloat16 the codes flip and the decoded
    joints turn by degrees.
    """

    config: PoseTokenizerConfig
    config_class = PoseTokenizerConfig
    base_model_prefix = "pose_tokenizer"
    main_input_name = "rotations"

    def __init__(self, config: PoseTokenizerConfig) -> None:
        super().__init__(config)
        self.encoder: nn.Module
        self.decoder: nn.Module
        if config.layout == "parts":
            sizes = dict(config.part_tokens), config.code_width, config.hidden_size, config.num_layers
            self.encoder, self.decoder = PartEncoder(*sizes), PartDecoder(*sizes)
        else:
            steps = config.upsample_steps, config.downsample_steps
            self.encoder = ConvEncoder(config.hidden_size, config.code_width, *steps)
            self.decoder = ConvDecoder(config.hidden_size, config.code_width, config.num_tokens)
        self.quantizer = Quantizer(config.num_codes, config.code_width, config.ema_decay, config.code_reset)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Keep torch's own initialisation, which suits these small networks."""

    def latents(self, rotations: Tensor) -> Tensor:
        """[B, 22, 3, 3] rotations to encoder outputs [B, T, code_width].

        Raises:
            ValueError: for another shape or non-finite values.
        """
        if rotations.ndim != 4 or rotations.shape[1:] != (22, 3, 3):
            raise ValueError(f"expected rotations of shape [B, 22, 3, 3], found {list(rotations.shape)}")
        if not torch.isfinite(rotations).all():
            raise ValueError("expected finite rotations, found NaN or infinity")
        rotations = rotations.float()
        return self.encoder(matrix_to_rot6d(to_z_up(rotations) if self.config.z_up else rotations))

    def encode(self, rotations: Tensor) -> Tensor:
        """[B, 22, 3, 3] local rotation matrices to codes [B, T], int64."""
        return self.quantizer.codes(self.latents(rotations))

    def decode(self, codes: Tensor) -> Tensor:
        """[B, T] codes to local rotation matrices [B, 22, 3, 3], float32.

        Raises:
            ValueError: for another number of codes a pose, or codes outside the codebook.
        """
        if codes.ndim != 2 or codes.shape[1] != self.config.num_tokens:
            raise ValueError(f"expected codes of shape [B, {self.config.num_tokens}], found {list(codes.shape)}")
        return self.reconstruct(self.quantizer.lookup(codes))

    def reconstruct(self, latents: Tensor) -> Tensor:
        """Quantised latents [B, T, code_width] to rotation matrices [B, 22, 3, 3], float32."""
        rotations = rot6d_to_matrix(self.decoder(latents).float())
        return to_y_up(rotations) if self.config.z_up else rotations

    def forward(self, rotations: Tensor) -> TokenizerOutput:
        """Reconstruct poses [B, 22, 3, 3]; in training mode the codebook follows the batch."""
        quantised, commitment, perplexity = self.quantizer(self.latents(rotations))
        return TokenizerOutput(self.reconstruct(quantised), commitment, perplexity)
