"""Frames between the grader and a sandbox: a head in JSON, then the raw bytes of arrays. No pickle, no .npz.

This file also runs inside the sandbox, next to worker.py, so it imports nothing of lrgrader. What the sandbox sends is
decoded by `decode` into None, bool, int, float, str, list, tuple, dict and NumPy arrays of plain numbers; anything
else, and any size that does not add up, is a WireError. Nothing is allocated on the word of a sender beyond MOST bytes.
"""

import json
import math
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import numpy as np

MOST_HEAD, MOST_BODY, MOST_DEPTH = 1 << 20, 16 << 20, 8
INTEGERS = {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
DTYPES = INTEGERS | {"bool", "float16", "float32", "float64", "complex64", "complex128"}
SIZES = struct.Struct("<II")
Makers = dict[str, Callable[[Any], Any]]


class WireError(Exception):
    """A frame that is not what the protocol allows."""


def encode(value: Any, blobs: list[bytes], depth: int = 0) -> dict[str, Any]:
    """Return the value as JSON, its arrays appended to blobs; TypeError for what cannot be graded."""
    if depth > MOST_DEPTH:
        raise TypeError(f"an answer may be nested {MOST_DEPTH} deep")
    if value is None or type(value) in (bool, int, float, str):
        return {"v": value}
    if isinstance(value, dict):
        return {"d": [[str(key), encode(item, blobs, depth + 1)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return {"t" if isinstance(value, tuple) else "l": [encode(item, blobs, depth + 1) for item in value]}
    if hasattr(value, "detach"):
        return {"torch": _array(value.detach().cpu().numpy(), blobs)}
    if isinstance(value, (np.ndarray, np.generic)):
        return {"array": _array(value, blobs)}
    if type(value).__name__ == "Code" and isinstance(getattr(value, "source", None), str):
        return {"code": value.source}
    raise TypeError(f"an answer of type {type(value).__name__} cannot be graded; return numbers, text, lists or arrays")


def _array(value: Any, blobs: list[bytes]) -> list[Any]:
    array = np.asarray(value, order="C")
    if array.dtype.name not in DTYPES:
        raise TypeError(f"an array of {array.dtype} cannot be graded; it should hold plain numbers")
    blobs.append(array.tobytes())
    return [array.dtype.name, list(array.shape), len(blobs[-1])]


class Body:
    """The bytes of a frame's arrays, taken from the front."""

    def __init__(self, content: bytes) -> None:
        """Begin at the first byte."""
        self.content, self.position = memoryview(content), 0

    def take(self, size: Any) -> memoryview:
        """Return the next bytes; WireError if there are not so many."""
        if type(size) is not int or size < 0 or self.position + size > len(self.content):
            raise WireError("an array is longer than its frame")
        self.position += size
        return self.content[self.position - size : self.position]


def decode(tree: Any, body: Body, makers: Makers | None = None, depth: int = 0) -> Any:
    """Return the value of a received tree; WireError if anything in it is not allowed.

    `makers` says what becomes of "torch" and "code": the sandbox makes tensors and functions. The grader gives none: a
    tensor is an array to it, and code is refused.
    """
    if depth > MOST_DEPTH + 1 or not isinstance(tree, dict) or len(tree) != 1:
        raise WireError("not a tree of values")
    ((kind, content),) = tree.items()
    if kind == "v":
        return _plain(content)
    if kind in ("array", "torch"):
        array = _received_array(content, body)
        return makers[kind](array) if makers and kind in makers else array
    if kind == "code" and makers and isinstance(content, str):
        return makers["code"](content)
    if kind in ("l", "t", "d") and isinstance(content, list):
        if kind == "d":
            return {_key(pair): decode(pair[1], body, makers, depth + 1) for pair in content}
        items = [decode(item, body, makers, depth + 1) for item in content]
        return tuple(items) if kind == "t" else items
    raise WireError("an unknown kind of value")


def _key(pair: Any) -> str:
    if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
        raise WireError("a dictionary that is not made of pairs")
    return pair[0]


def _plain(value: Any) -> Any:
    if isinstance(value, (list, dict)) or (type(value) is int and abs(value) >= 2**64):
        raise WireError("a value that is not plain")
    return value


def _received_array(content: Any, body: Body) -> np.ndarray:
    if not (isinstance(content, list) and len(content) == 3):
        raise WireError("an array without type, shape and size")
    name, shape, size = content
    if not (isinstance(name, str) and name in DTYPES and isinstance(shape, list) and len(shape) <= 8):
        raise WireError("an array of a type or shape that is not allowed")
    if any(type(side) is not int or not 0 <= side <= MOST_BODY for side in shape):
        raise WireError("an array whose shape is not made of sizes")
    raw = body.take(size)
    if math.prod(shape) * np.dtype(name).itemsize != size:
        raise WireError("an array whose shape and size differ")
    if name == "bool" and size and max(raw) > 1:
        raise WireError("a boolean that is neither 0 nor 1")
    return np.frombuffer(raw, name).reshape(shape)


def send(sock: socket.socket, head: dict[str, Any], timeout: float | None = None) -> None:
    """Send a frame; a key "value" of the head may hold arrays. TypeError if it cannot be sent, or is too large."""
    blobs: list[bytes] = []
    if "value" in head:
        head = {**head, "value": encode(head["value"], blobs)}
    packed, body = json.dumps(head).encode(), b"".join(blobs)
    if len(packed) > MOST_HEAD or len(body) > MOST_BODY:
        raise TypeError(f"an answer of {(len(packed) + len(body)) >> 20} MB is too large to be graded")
    sock.settimeout(timeout)
    sock.sendall(SIZES.pack(len(packed), len(body)) + packed + body)


def receive(sock: socket.socket, timeout: float | None = None, makers: Makers | None = None) -> dict[str, Any]:
    """Return the next frame's head, its "value" decoded.

    TimeoutError if it is not complete in time, EOFError if the other side has gone, WireError if it is not allowed.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    head_size, body_size = SIZES.unpack(_read(sock, SIZES.size, deadline))
    if head_size > MOST_HEAD or body_size > MOST_BODY:
        raise WireError("a frame that is too large")
    packed, content = _read(sock, head_size, deadline), _read(sock, body_size, deadline)
    try:
        head = json.loads(packed)
    except (ValueError, RecursionError) as error:
        raise WireError("a head that is not JSON") from error
    if not isinstance(head, dict):
        raise WireError("a head that is not an object")
    if "value" in head:
        body = Body(content)
        head["value"] = decode(head["value"], body, makers)
        if body.position != len(content):
            raise WireError("bytes that belong to no array")
    return head


def _read(sock: socket.socket, size: int, deadline: float | None) -> bytes:
    received = bytearray()
    while len(received) < size:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        sock.settimeout(left)
        piece = sock.recv(min(1 << 20, size - len(received)))
        if not piece:
            raise EOFError
        received += piece
    return bytes(received)
