"""Frames between the grader and a sandbox: a head in JSON, then the raw bytes of arrays. No pickle, no .npz.

This file also runs inside the sandbox, next to worker.py, so it imports nothing of lrgrader. What the sandbox sends is
decoded by `decode` into None, bool, int, float, str, list, tuple, set, dict, Table and NumPy arrays of plain numbers or
text; anything else, and any size that does not add up, is a WireError. Nothing is allocated on the word of a sender
beyond MOST bytes.
"""

import json
import math
import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

MOST_HEAD, MOST_BODY, MOST_DEPTH = 1 << 20, 16 << 20, 8
INTEGERS = {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
DTYPES = INTEGERS | {"bool", "float16", "float32", "float64", "complex64", "complex128"}
MOST_DIGITS, MOST_LETTERS, MOST_PROBLEMS, MOST_NAMES = 300, 20_000, 50, 2000
SIZES = struct.Struct("<II")
Makers = dict[str, Callable[[Any], Any]]


class WireError(Exception):
    """A frame that is not what the protocol allows."""


class Table(NamedTuple):
    """A pandas DataFrame on its way: its index and its columns, as names and arrays, in their order."""

    index: Any
    columns: dict[str, Any]


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
    if isinstance(value, (set, frozenset)):
        plain = (item.item() if isinstance(item, np.generic) else item for item in value)
        return {"s": [encode(item, blobs, depth + 1) for item in plain]}
    if hasattr(value, "detach"):
        return {"torch": _array(value.detach().cpu().numpy(), blobs)}
    if isinstance(value, (np.ndarray, np.generic)):
        return _numbers_or_text(value, blobs, depth)
    if type(value).__module__.partition(".")[0] == "pandas":
        return _of_pandas(value, blobs, depth)
    if type(value).__name__ == "Code" and isinstance(getattr(value, "source", None), str):
        return {"code": value.source}
    raise TypeError(f"an answer of type {type(value).__name__} cannot be graded; return numbers, text, lists or arrays")


def _numbers_or_text(value: Any, blobs: list[bytes], depth: int) -> dict[str, Any]:
    """Return an array as it is sent: plain numbers as bytes, text and objects that are text as a nested list."""
    array = np.asarray(value)
    if array.dtype.kind in "UTO" and array.size:
        flat = array.reshape(-1).tolist()
        if all(isinstance(item, (str, bool, int, float, type(None))) for item in flat):
            return encode(array.tolist(), blobs, depth + 1)
    if array.dtype.kind in "mM":  # days and durations are sent as they are printed
        return encode(array.astype(str).tolist(), blobs, depth + 1)
    return {"array": _array(array, blobs)}


def _of_pandas(value: Any, blobs: list[bytes], depth: int) -> dict[str, Any]:
    """Return a pandas object as it is sent: a Series or an Index as its values, a DataFrame as a table."""
    if hasattr(value, "columns"):
        index = encode(value.index.to_numpy(), blobs, depth + 1)  # first, as it is the first to be read
        return {"table": [index, [[str(n), encode(value[n].to_numpy(), blobs, depth + 1)] for n in value.columns]]}
    if hasattr(value, "to_numpy"):
        return encode(value.to_numpy(), blobs, depth + 1)
    return {"v": str(value)} if not hasattr(value, "item") else encode(value.item(), blobs, depth + 1)


def _array(value: Any, blobs: list[bytes]) -> list[Any]:
    array = np.asarray(value, order="C")
    if array.dtype in (np.longdouble, np.clongdouble):  # of the machine's own width
        array = array.astype(complex if array.dtype.kind == "c" else float)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
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
    if kind in ("l", "t", "s", "d") and isinstance(content, list):
        if kind == "d":
            return {_key(pair): decode(pair[1], body, makers, depth + 1) for pair in content}
        items = [decode(item, body, makers, depth + 1) for item in content]
        if kind == "s":
            return _set(items)
        return tuple(items) if kind == "t" else items
    if kind == "table" and isinstance(content, list) and len(content) == 2 and isinstance(content[1], list):
        index = decode(content[0], body, makers, depth + 1)
        table = Table(index, {_key(pair): decode(pair[1], body, makers, depth + 1) for pair in content[1]})
        return makers["table"](table) if makers and "table" in makers else table
    raise WireError("an unknown kind of value")


def _key(pair: Any) -> str:
    if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
        raise WireError("a dictionary that is not made of pairs")
    return pair[0]


def _set(items: list[Any]) -> frozenset[Any]:
    """Return a set of what can be in one."""
    try:
        return frozenset(items)
    except TypeError as error:
        raise WireError("a set of what cannot be in one") from error


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
    # Sides of 0 make any other side free; NumPy still multiplies them.
    if math.prod(max(1, side) for side in shape) > MOST_BODY:
        raise WireError("an array whose sides are too long")
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


def wait(sock: socket.socket, seconds: float) -> None:
    """Wait until there is something to receive; TimeoutError if there is nothing in time."""
    if not select.select([sock], [], [], max(0.0, seconds))[0]:
        raise TimeoutError


def receive(sock: socket.socket, timeout: float | None = None, makers: Makers | None = None) -> dict[str, Any]:
    """Return the next frame's head, its "value" decoded.

    TimeoutError if it is not complete in time, EOFError if the other side has gone, WireError if it is not allowed.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    head_size, body_size = SIZES.unpack(_read(sock, SIZES.size, deadline))
    if head_size > MOST_HEAD or body_size > MOST_BODY:
        raise WireError("a frame that is too large")
    return read_frame(_read(sock, head_size, deadline), _read(sock, body_size, deadline), makers)


def read_frame(packed: bytes, content: bytes, makers: Makers | None = None) -> dict[str, Any]:
    """Return the head of a frame that has come, its "value" decoded; WireError if it is not allowed."""
    try:
        return _head(json.loads(packed, parse_int=_integer), content, makers)
    except (ValueError, RecursionError, OverflowError, MemoryError) as error:
        raise WireError("a frame that cannot be read") from error


def _integer(digits: str) -> int:
    """Return a whole number of JSON; WireError for one so long that it could not be printed again."""
    if len(digits) > MOST_DIGITS:
        raise WireError("a number of too many digits")
    return int(digits)


def _head(head: Any, content: bytes, makers: Makers | None) -> dict[str, Any]:
    """Return a head with its value decoded; WireError if it is none."""
    if not isinstance(head, dict):
        raise WireError("a head that is not an object")
    body = Body(content)
    if "value" in head:
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
