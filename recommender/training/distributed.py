"""Training on several devices at once, as torchrun starts it: the same program, once per device. Knows no network."""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor, nn

from mediarec import env


def join() -> torch.device:
    """Meets the other processes where torchrun started several; returns this one's device."""
    place = env.read_int("LOCAL_RANK", 0)
    has_gpu = torch.cuda.is_available()
    if env.read_int("WORLD_SIZE", 1) > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if has_gpu else "gloo")
    return torch.device("cuda", place) if has_gpu else torch.device("cpu")


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Every process then takes the same step. One message for all gradients, since most are small."""
    if world_size() == 1:
        return
    parameters = list(parameters)
    own = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
    joined = torch.cat([grad.reshape(-1) for grad in own])
    dist.all_reduce(joined)
    joined /= world_size()
    start = 0
    for parameter, grad in zip(parameters, own, strict=True):
        parameter.grad = joined[start : start + grad.numel()].view_as(grad)
        start += grad.numel()


def share_from_first(values: Tensor) -> Tensor:
    """What the first process found, for all: only one evaluates, and all must stop at the same time."""
    if world_size() > 1:
        dist.broadcast(values, src=0)
    return values
