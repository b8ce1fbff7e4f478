"""The line between grader and sandbox: what goes in comes out, and nothing else comes in."""

import json
import socket
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lrgrader.inside import wire

plain = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=20)
arrays = hnp.arrays(st.sampled_from(["float64", "float32", "int64", "bool", "uint8"]), hnp.array_shapes(max_dims=3))
values = st.recursive(
    plain | arrays,
    lambda v: st.lists(v, max_size=3) | st.tuples(v, v) | st.dictionaries(st.text(max_size=5), v, max_size=3),
    max_leaves=6,
)


def across(value):
    """Send a value and receive it."""
    left, right = socket.socketpair()
    with left, right:
        wire.send(left, {"value": value, "ticket": "t"}, 5)
        return wire.receive(right, 5)["value"]


def same(first, second):
    """Are the two of one kind and one value, arrays too?"""
    if isinstance(first, np.ndarray):
        return isinstance(second, np.ndarray) and first.dtype == second.dtype and np.array_equal(first, second, True)
    if isinstance(first, (list, tuple)):
        return type(first) is type(second) and len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    return type(first) is type(second) and first == second


@given(value=values)
def test_what_is_sent_is_what_is_received(value):
    """Catches a tuple that becomes a list, a lost dtype, and a shape that is flattened."""
    assert same(value, across(value))


@given(rubbish=st.binary(max_size=200))
def test_rubbish_is_an_error_that_the_grader_expects(rubbish):
    """Catches an exception that no one handles, or memory taken on a stranger's word."""
    left, right = socket.socketpair()
    with right:
        left.sendall(rubbish)
        left.close()
        with pytest.raises((wire.WireError, EOFError)):
            wire.receive(right, 1)


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["v", "l", "t", "d", "array", "torch", "code", "x"]), inner, max_size=2)
    ),
    max_leaves=12,
)


@given(tree=trees, body=st.binary(max_size=40))
def test_a_tree_is_plain_data_or_an_error(tree, body):
    """Catches an object, a function or an unreadable array that comes out of a hostile tree."""
    try:
        value = wire.decode(tree, wire.Body(body))
    except wire.WireError:
        return
    assert isinstance(value, (type(None), bool, int, float, str, list, tuple, dict, np.ndarray))


@pytest.mark.parametrize(
    ("array", "body"),
    [
        (["float64", [2], 8], bytes(8)),
        (["float64", [-1], 8], bytes(8)),
        (["float64", [True], 8], bytes(8)),
        (["float64", [1.0], 8], bytes(8)),
        (["float64", [1] * 9, 8], bytes(8)),
        (["float64", [0, 2**62], 0], b""),
        (["float64", [1], 16], bytes(8)),
        (["float64", [1], -8], bytes(8)),
        (["object", [1], 8], bytes(8)),
        (["<f8", [1], 8], bytes(8)),
        (["V8", [1], 8], bytes(8)),
        (["bool", [1], 1], b"\x02"),
        (["float64", [1]], bytes(8)),
        ("float64", bytes(8)),
    ],
)
def test_an_array_that_lies_is_refused(array, body):
    """Catches a shape, a size or a type that is believed."""
    with pytest.raises(wire.WireError):
        wire.decode({"array": array}, wire.Body(body))


def test_code_is_refused_by_the_grader():
    """Catches a grader that evaluates what a student sends."""
    with pytest.raises(wire.WireError, match="unknown kind"):
        wire.decode({"code": "1"}, wire.Body(b""))


def test_an_array_that_came_cannot_be_changed():
    """Catches a judge that changes the answer for the next one."""
    with pytest.raises(ValueError, match="read-only"):
        across(np.ones(3))[0] = 2


@pytest.mark.parametrize(
    "frame",
    [
        struct.pack("<II", 2**31, 0),
        struct.pack("<II", 2, 2**31),
        struct.pack("<II", 2, 8) + b"{}" + bytes(4),
        struct.pack("<II", 1, 0) + b"{",
    ],
)
def test_a_frame_that_is_too_large_or_cut_short_is_refused(frame):
    """Catches memory taken before it is there, and a wait without end."""
    left, right = socket.socketpair()
    with left, right:
        left.sendall(frame)
        with pytest.raises((wire.WireError, TimeoutError)):
            wire.receive(right, 0.2)


def test_bytes_that_belong_to_nothing_are_refused():
    """Catches a frame that smuggles more than it says."""
    left, right = socket.socketpair()
    with left, right:
        head = json.dumps({"value": {"v": 1}}).encode()
        left.sendall(struct.pack("<II", len(head), 3) + head + b"abc")
        with pytest.raises(wire.WireError, match="belong to no array"):
            wire.receive(right, 1)


@pytest.mark.parametrize("kind", [">f8", ">i4", ">c16", np.longdouble, np.clongdouble])
def test_numbers_of_another_width_or_byte_order_keep_their_values(kind):
    """Catches a right answer that is read back to front."""
    blobs = []
    tree = wire.encode(np.arange(4, dtype=kind), blobs)
    assert wire.decode(tree, wire.Body(b"".join(blobs))).tolist() == [0, 1, 2, 3]
