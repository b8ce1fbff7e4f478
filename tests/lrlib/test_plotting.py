"""The palette can be read and told apart in both modes, and each drawing shows what its formula says."""

import io
import itertools
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import AxLine
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit

from lrlib import plotting
from lrlib.data import exam
from lrlib.plotting import (
    COLORS,
    DARK,
    boundary,
    ink_picture,
    models_over_classes,
    plateaus,
    probability_curve,
    residuals,
    scatter_classes,
    signed_picture,
    use_style,
)

ROOT = Path(plotting.__file__).parents[1]
PAGES = {"light": "#ffffff", "dark": "#121212"}
SURFACES = {"light": "#f3f4f5", "dark": "#29313d"}  # code cells and notes, on which a figure may stand
MEANINGFUL = sorted(set(COLORS) - {"grid", "paper"})


def in_mode(mode, name):
    return COLORS[name] if mode == "light" else DARK[COLORS[name]]


def linear_rgb(colour):
    """Return the three channels in linear light, 0 to 1 (the sRGB standard)."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    """Return the contrast ratio of WCAG 2.2, from 1 to 21."""
    bright, dim = sorted((float(linear_rgb(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def mixed(colour, page, alpha):
    """Return the colour that a reader sees where `colour` of this opacity lies on the page."""
    parts = [round(alpha * int(colour[i : i + 2], 16) + (1 - alpha) * int(page[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


# What readers without one of the three kinds of cones see: Machado, Oliveira and Fernandes (2009), severity 1.
SIGHT = {
    "full": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(rgb):
    """Return CIE L*a*b* of linear RGB, in which equal distances look about equally far (white point D65)."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = to_xyz @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    fx, fy, fz = (np.cbrt(t) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


@pytest.fixture
def style():
    with mpl.rc_context():
        use_style()
        yield mpl.rcParams


@pytest.fixture
def ax(style):
    return Figure().subplots()


def svg_of(figure):
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def test_the_contrast_formula_gives_the_standards_own_values():
    """Catches a broken yardstick: black on white is 21 : 1, and #767676 on white just passes 4.5 : 1."""
    assert_allclose(contrast("#000000", "#ffffff"), 21.0, rtol=1e-12)
    assert contrast("#767676", "#ffffff") >= 4.5 > contrast("#777777", "#ffffff")


@pytest.mark.parametrize("name", MEANINGFUL)
@pytest.mark.parametrize("mode", PAGES)
def test_words_in_every_colour_can_be_read_on_the_page(mode, name):
    """Catches a shade too pale (or, in dark mode, too dark) for words: WCAG asks for 4.5 : 1."""
    assert contrast(in_mode(mode, name), PAGES[mode]) >= 4.5


@pytest.mark.parametrize("name", MEANINGFUL)
@pytest.mark.parametrize("mode", SURFACES)
def test_lines_in_every_colour_can_be_seen_on_notes_too(mode, name):
    """Catches a line lost on the grounds of notes and solutions: WCAG asks for 3 : 1."""
    assert contrast(in_mode(mode, name), SURFACES[mode]) >= 3.0


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("mode", PAGES)
def test_any_two_colours_look_different_to_every_reader(mode, sight):
    """Catches the red-green pair: at a distance of 2.3 a difference is just seen, and 15 is plain."""
    seen = {name: lab(SIGHT[sight] @ linear_rgb(in_mode(mode, name))) for name in MEANINGFUL if name != "truth"}
    distances = {(a, b): np.linalg.norm(seen[a] - seen[b]) for a, b in itertools.combinations(seen, 2)}
    assert min(distances.values()) >= 15.0, min(distances, key=distances.get)


def test_the_page_colour_is_the_page_colour():
    """Catches holes in markers that show as spots of another grey."""
    assert {mode: in_mode(mode, "paper") for mode in PAGES} == PAGES


def test_every_colour_has_a_twin_for_dark_pages():
    """Catches a colour added to one of the two maps only."""
    assert set(DARK) == set(COLORS.values())


@pytest.mark.parametrize("palette", [COLORS, DARK])
def test_nobody_can_change_the_palette(palette):
    """Catches a chapter that changes a colour for every chapter after it."""
    with pytest.raises(TypeError):
        palette["zero"] = "#123456"


def test_importing_the_module_leaves_matplotlib_alone():
    """Catches a style set by an import, which nobody sees, and Matplotlib loaded for those who only read colours."""
    code = "import sys, lrlib.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_use_style_makes_every_background_transparent(style):
    """Catches a white plate on the dark page."""
    for part in ("figure.facecolor", "axes.facecolor", "savefig.facecolor"):
        assert style[part] == "none"


def test_letters_are_ten_pixels_high_on_a_telephone(style):
    """Catches a wider figure or smaller letters, which a 360-pixel screen shrinks until nobody can read them."""
    shrink = 328 / (style["figure.figsize"][0] * 96)  # the column of text is 328 pixels wide there
    sizes = [style[f"{part}size"] for part in ("font.", "axes.label", "xtick.label", "ytick.label", "legend.font")]
    assert min(sizes) * 96 / 72 * shrink >= 9.5
    assert style["font.size"] * 96 / 72 * shrink >= 10.0


def test_successive_lines_differ_by_more_than_their_colour(style):
    """Catches a cycle of colours alone."""
    cycle = list(style["axes.prop_cycle"])
    assert len({str(entry["linestyle"]) for entry in cycle}) == len(cycle)
    assert {entry["color"] for entry in cycle} <= set(COLORS.values())


def test_a_figure_uses_no_colour_outside_the_palette(ax):
    """Catches a default of Matplotlib that the dark page would show as it is."""
    X, y = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), np.array([0, 1, 1])
    scatter_classes(ax, X, y)
    boundary(ax, [1.0, 1.0], 0.5, label="boundary")
    probability_curve(ax, 1.0, 0.0, low=-3, high=3, label="p")
    residuals(ax, X[:, 0], X[:, 1], y, label="error")
    plateaus(ax, [0, 1, 2], [0.2, 0.4])
    ink_picture(ax, [[0.0, 1.0], [0.5, 0.2]])
    signed_picture(ax, [[-1.0, 1.0], [0.5, -0.2]])
    ax.bar([0, 1], [1, 2])
    ax.hist([1, 2, 2])
    ax.fill_between([0, 1], [0, 1], color=COLORS["zero"], alpha=0.2)
    ax.set(title="title", xlabel="x", ylabel="y")
    ax.grid()
    ax.legend()
    used = set(re.findall(r"(?:fill|stroke)(?:: |=\")(#\w{6})", svg_of(ax.figure)))
    assert used <= set(COLORS.values())


@pytest.mark.slow
def test_in_ipython_a_figure_is_the_same_bytes_in_every_process():
    """Catches a date, a random id or a size found by cropping: each would change every figure at every rebuild."""
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import matplotlib
matplotlib.use("module://matplotlib_inline.backend_inline")
from lrlib.plotting import boundary, use_style
use_style()
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
boundary(ax, [1.0, 2.0], 0.5)
ax.fill_between([0, 1], [0, 1], hatch="//")
print(shell.display_formatter.formatters["image/svg+xml"](fig))
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True, timeout=120
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert "dc:date" not in runs[0]
    width, height = (72 * inches for inches in plotting.FIGURE_SIZE)
    assert f'width="{width:g}pt" height="{height:g}pt"' in runs[0]


def drawings():
    X, y = np.array([[0.0], [1.0]]), np.array([0, 1])
    return {
        "scatter_classes": lambda ax: scatter_classes(ax, X, y),
        "probability_curve": lambda ax: probability_curve(ax, 1.0, 0.0, low=-1, high=1),
        "models_over_classes": lambda ax: models_over_classes(ax, exam(), {"sigmoid": expit}, low=0, high=9),
        "boundary": lambda ax: boundary(ax, 1.0, 0.0),
        "residuals": lambda ax: residuals(ax, X[:, 0], y, y + 1),
        "plateaus": lambda ax: plateaus(ax, [0, 1], [2]),
        "ink_picture": lambda ax: ink_picture(ax, [[0.0, 1.0]]),
        "signed_picture": lambda ax: signed_picture(ax, [[-1.0, 1.0]]),
    }


@pytest.mark.parametrize("name", drawings())
def test_each_drawing_returns_its_axes(name, ax):
    """Catches a drawing that returns None, or that draws somewhere else."""
    assert drawings()[name](ax) is ax
    assert ax.has_data()


def test_classes_differ_in_shape_as_well_as_colour(ax):
    """Catches classes that only colour tells apart, and labels drawn with the marker of the other class."""
    X, y = np.array([[0.0, 5.0], [1.0, 6.0], [2.0, 7.0]]), np.array([0.0, 1.0, 1.0])
    rings, triangles = scatter_classes(ax, X, y, class_names=("no", "yes")).collections
    assert_array_equal(rings.get_offsets(), X[y == 0])
    assert_array_equal(triangles.get_offsets(), X[y == 1])
    assert rings.get_paths()[0].vertices.shape != triangles.get_paths()[0].vertices.shape
    assert rings.get_facecolor().size == 0
    assert (rings.get_label(), triangles.get_label()) == ("no", "yes")


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_one_feature_is_drawn_at_the_height_of_its_label(shape, ax):
    """Catches labels read as a second feature."""
    x, y = np.array([4.0, 5.0, 6.0]), np.array([1, 0, 1])
    rings, triangles = scatter_classes(ax, x.reshape(shape), y).collections
    assert_array_equal(rings.get_offsets(), [[5.0, 0.0]])
    assert_array_equal(triangles.get_offsets(), [[4.0, 1.0], [6.0, 1.0]])


@pytest.mark.parametrize("mode", PAGES)
def test_the_filled_triangles_can_be_seen(mode, ax):
    """Catches a fill so transparent that it fades into the page: WCAG asks for 3 : 1."""
    triangles = scatter_classes(ax, [0.0, 1.0], [0, 1]).collections[1]
    assert contrast(mixed(in_mode(mode, "one"), PAGES[mode], triangles.get_alpha()), PAGES[mode]) >= 3.0


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        (np.zeros((2, 3)), [0, 1], "one or two features"),
        (np.zeros((2, 2)), [0, 1, 1], r"y must have shape \(2,\)"),
        (np.zeros((2, 2)), [[0], [1]], r"Use y\.ravel\(\)"),
        (np.zeros((2, 2)), [-1, 1], "labels 0 and 1"),
        (np.zeros((2, 2)), [0.3, 0.7], "labels 0 and 1"),
    ],
)
def test_scatter_classes_refuses_what_it_cannot_draw(X, y, words, ax):
    """Catches examples silently left out of the picture, for example labels -1 and 1."""
    with pytest.raises(ValueError, match=words):
        scatter_classes(ax, X, y)


def test_the_curve_is_the_probability(ax):
    """Catches a lost sign or an exchanged w and b, by SciPy's sigmoid."""
    x, p = probability_curve(ax, 2.0, -3.0, low=-4.0, high=5.0).lines[0].get_data()
    assert (x[0], x[-1]) == (-4.0, 5.0)
    assert_allclose(p, expit(2.0 * x - 3.0), rtol=1e-13)
    assert ax.get_ylim()[0] < 0.0
    assert ax.get_ylim()[1] > 1.0


def test_a_model_looks_the_same_whatever_is_drawn_beside_it(ax):
    """Catches colours by order: the reader knows the sigmoid of chapter 2 again in chapter 6."""
    other = Figure().subplots()
    alone = models_over_classes(ax, exam(), {"sigmoid": expit}, low=0, high=9).lines[-1]
    beside = models_over_classes(other, exam(), {"line": np.negative, "sigmoid": expit}, low=0, high=9).lines[-1]
    assert (alone.get_color(), alone.get_linestyle()) == (beside.get_color(), beside.get_linestyle())
    assert_allclose(alone.get_ydata(), expit(alone.get_xdata()))


def test_a_model_without_a_look_of_its_own_is_refused(ax):
    """Catches a name with a slip, which would be drawn in some colour."""
    with pytest.raises(KeyError, match="sigmiod"):
        models_over_classes(ax, exam(), {"sigmiod": expit}, low=0, high=9)


def points_on(line):
    """Return two points (2, 2) of a line that crosses the whole picture."""
    if isinstance(line, AxLine):
        x, y = line.get_xy1()
        return np.array([[x, y], [x + 1.0, y + line.get_slope()]])
    return np.column_stack([line.get_xdata(), [-7.0, 7.0]])  # upright: the same x at any height


@pytest.mark.parametrize("threshold", [0.5, 0.1, 0.9])
@pytest.mark.parametrize("w", [3.0, [3.0], [-0.5, 0.0], [1.0, 2.0], [0.0, -2.0]])
def test_on_the_boundary_the_probability_is_the_threshold(w, threshold, ax):
    """Catches either lost minus sign in x2 = -(b + w1 x1)/w2, and a threshold on the wrong side."""
    b = 0.7
    points = points_on(boundary(ax, w, b, threshold=threshold).lines[0])
    weights = np.atleast_1d(w)
    assert_allclose(expit(points[:, : weights.size] @ weights + b), threshold, rtol=1e-9)


def test_the_boundary_does_not_stretch_the_picture(ax):
    """Catches a far line of two features that squeezes the examples into a corner."""
    scatter_classes(ax, [[0.0, 0.0], [1.0, 1.0]], [0, 1])
    before = ax.get_xlim(), ax.get_ylim()
    boundary(ax, [1.0, 0.001], -900.0)
    assert (ax.get_xlim(), ax.get_ylim()) == before


def test_what_is_drawn_after_the_boundary_still_stretches_the_picture(ax):
    """Catches limits frozen by the boundary, which would cut off examples drawn after it."""
    boundary(ax, [1.0, 1.0], 0.0)
    scatter_classes(ax, [[0.0, 0.0], [50.0, 60.0]], [0, 1])
    assert ax.get_xlim()[1] > 50.0
    assert ax.get_ylim()[1] > 60.0


@pytest.mark.parametrize(
    ("w", "threshold", "words"),
    [
        (0.0, 0.5, "no boundary"),
        ([0.0, 0.0], 0.5, "no boundary"),
        ([1.0, 1.0, 1.0], 0.5, "one or two weights"),
        (1.0, 0.0, "threshold must lie in"),
        (1.0, 1.0, "threshold must lie in"),
    ],
)
def test_boundary_refuses_what_has_none(w, threshold, words, ax):
    """Catches a division by zero drawn as a line somewhere."""
    with pytest.raises(ValueError, match=words):
        boundary(ax, w, 1.0, threshold=threshold)


def test_residuals_run_from_the_prediction_to_the_example(ax):
    """Catches x and y exchanged, or errors drawn from zero."""
    segments = residuals(ax, [1.0, 2.0], [5.0, 6.0], [4.0, 8.0]).collections[0].get_segments()
    assert_array_equal(segments, [[[1.0, 4.0], [1.0, 5.0]], [[2.0, 8.0], [2.0, 6.0]]])


def test_plateaus_are_level_and_unjoined(ax):
    """Catches risers, which would draw a slope that a jumping function does not have."""
    segments = plateaus(ax, [0.0, 1.0, 3.0], [0.6, 0.8]).collections[0].get_segments()
    assert_array_equal(segments, [[[0.0, 0.6], [1.0, 0.6]], [[1.0, 0.8], [3.0, 0.8]]])


@pytest.mark.parametrize(
    ("edges", "values"), [([0, 1], [1, 2]), ([0, 1, 2], [1]), ([0, 1, 1], [1, 2]), ([[0, 1]], [1])]
)
def test_plateaus_refuses_edges_that_do_not_fit(edges, values, ax):
    """Catches a value drawn over the wrong stretch."""
    with pytest.raises(ValueError, match="edges must increase and have one entry more than values"):
        plateaus(ax, edges, values)


def cells(ax):
    """Return {(row, column): (colour, opacity, number of corners)} of the cells that a picture draws."""
    found = {}
    for patch in ax.patches:
        path = patch.get_path()
        starts = np.flatnonzero(path.codes == path.MOVETO)
        colour = mpl.colors.to_hex(patch.get_facecolor())
        for corners in np.split(path.vertices, starts[1:]):
            column, row = corners.mean(axis=0).round(6)
            found[int(row), int(column)] = (colour, patch.get_alpha(), len(corners))
    return found


def test_a_picture_is_as_dark_as_its_numbers(ax):
    """Catches a picture upside down or transposed, and ink that does not grow with the number."""
    drawn = cells(ink_picture(ax, [[0.0, 8.0, 16.0], [4.0, 0.0, 0.0]], limit=16))
    assert set(drawn) == {(0, 1), (0, 2), (1, 0)}
    assert [drawn[cell][1] for cell in ((1, 0), (0, 1), (0, 2))] == [0.25, 0.5, 1.0]
    assert {colour for colour, _, _ in drawn.values()} == {COLORS["ink"]}
    assert ax.get_ylim() == (1.5, -0.5)  # the first row on top
    assert ax.get_xlim() == (-0.5, 2.5)


def test_the_largest_number_is_full_ink_unless_a_limit_is_given(ax):
    """Catches pictures that are to be compared, each on a scale of its own, and ink beyond full."""
    assert cells(ink_picture(ax, [[2.0, 3.0]]))[0, 1][1] == 1.0
    assert cells(ink_picture(Figure().subplots(), [[3.0]], limit=6))[0, 0][1] == 0.5
    assert cells(ink_picture(Figure().subplots(), [[3.0]], limit=2))[0, 0][1] == 1.0


def test_the_faintest_number_leaves_a_trace(ax):
    """Catches a stroke that rounding wipes out."""
    assert cells(ink_picture(ax, [[1e-6, 1.0]]))[0, 0][1] > 0


def test_signs_differ_in_shape_as_well_as_colour(ax):
    """Catches weights whose sign only colour tells, or exchanged; sizes are compared on one scale."""
    drawn = cells(signed_picture(ax, [[-2.0, 0.0], [1.0, 4.0]], limit=4))
    assert set(drawn) == {(0, 0), (1, 0), (1, 1)}
    assert drawn[1, 1] == (COLORS["one"], 1.0, 4)
    assert drawn[1, 0][:2] == (COLORS["one"], 0.25)
    colour, opacity, corners = drawn[0, 0]
    assert (colour, opacity) == (COLORS["zero"], 0.5)
    assert corners > 8


@pytest.mark.parametrize("draw", [ink_picture, signed_picture])
def test_a_picture_holds_no_pixels_that_would_keep_their_colour_on_a_dark_page(draw, ax):
    """Catches imshow: dark ink on a dark page."""
    svg = svg_of(draw(ax, np.eye(3)).figure)
    assert "<image" not in svg
    assert COLORS["grid"] in svg  # the frame


@pytest.mark.parametrize("draw", [ink_picture, signed_picture])
def test_an_empty_picture_is_a_frame(draw, ax):
    """Catches a division by the largest number where that is 0."""
    assert cells(draw(ax, np.zeros((2, 2)))) == {}


@pytest.mark.parametrize(
    ("draw", "values", "limit", "words"),
    [
        (ink_picture, [[-1.0, 1.0]], None, "signed_picture"),
        (ink_picture, np.zeros(64), None, r"reshape\(8, 8\)"),
        (signed_picture, [[np.nan]], None, "finite numbers"),
        (ink_picture, [[1.0]], 0.0, "limit must be above 0"),
        (signed_picture, [[1.0]], -1.0, "limit must be above 0"),
    ],
)
def test_a_picture_refuses_what_it_cannot_draw(draw, values, limit, words, ax):
    """Catches a row of pixels drawn as one line, and negative ink left out in silence."""
    with pytest.raises(ValueError, match=words):
        draw(ax, values, limit=limit)
