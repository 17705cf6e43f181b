"""The published pose encoder and decoder: 1-D convolutions over the joints (TokenHMR style, paper section 3.1).

Module indices give the official state-dict keys (``encoder.encoder.0.weight`` ...), so official weights load as they
are. Channels are the 6D rotation, the length is the joints; nearest resizing uses source index floor(i * in / out).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_JOINTS = 22
_CHANNELS = 6


class _Resize(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        return torch.nn.functional.interpolate(x, size=self.size, mode="nearest")


class _ResidualBlock(nn.Module):
    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.conv2 = nn.Conv1d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(self.conv1(x.relu()).relu())


class _ResidualStack(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        # Widest dilation first, in encoder and decoder alike.
        self.model = nn.Sequential(_ResidualBlock(width, 3), _ResidualBlock(width, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


def _conv(inner: int, outer: int) -> nn.Conv1d:
    return nn.Conv1d(inner, outer, 3, padding=1)


class ConvEncoder(nn.Module):
    """Rotations [B, 22, 6] to latents [B, T, code_width]."""

    def __init__(self, hidden_size: int, code_width: int, upsample_steps: int, downsample_steps: int) -> None:
        super().__init__()
        length = _JOINTS * 2 // 10 * 10
        layers: list[nn.Module] = [_conv(_CHANNELS, hidden_size), nn.ReLU(), _Resize(length)]
        layers += [_conv(hidden_size, hidden_size), nn.ReLU()]
        for _ in range(upsample_steps):
            length *= 2
            layers += [_Resize(length), _conv(hidden_size, hidden_size), nn.ReLU()]
        for _ in range(downsample_steps):
            layers += [nn.Conv1d(hidden_size, hidden_size, 4, stride=2, padding=1), _ResidualStack(hidden_size)]
        layers.append(_conv(hidden_size, code_width))
        self.encoder = nn.Sequential(*layers)

    def forward(self, rot6d: Tensor) -> Tensor:
        return self.encoder(rot6d.transpose(-1, -2)).transpose(-1, -2)


class ConvDecoder(nn.Module):
    """Latents [B, T, code_width] to rotations [B, 22, 6]."""

    def __init__(self, hidden_size: int, code_width: int, num_tokens: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [_conv(code_width, hidden_size), nn.ReLU()]
        # Four evenly spaced lengths from the joints towards the tokens (end excluded), the largest first.
        for step in (3, 2, 1, 0):
            length = int(_JOINTS + (num_tokens - _JOINTS) / 4 * step)
            layers += [_Resize(length), _conv(hidden_size, hidden_size), nn.ReLU()]
        layers += [_ResidualStack(hidden_size), _conv(hidden_size, hidden_size), _conv(hidden_size, _CHANNELS)]
        self.decoder = nn.Sequential(*layers)

    def forward(self, latents: Tensor) -> Tensor:
        return self.decoder(latents.transpose(-1, -2)).transpose(-1, -2)
