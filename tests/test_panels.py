"""Panels: what they compute, and that a moved control moves the picture.

In a browser: test_browser.py.
"""

import html
import inspect
import random
import sys
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom import panels
from gan_lessons.classroom.panels import dials, kernels, machines, painting
from gan_lessons.classroom.panels.points import SHAPES, PointGame
from gan_lessons.classroom.plots.machines import ring_counts
from gan_lessons.models import build_recogniser

NAMES = ("s5", "s8", "s14")
# Seconds per image, and the bytes of D's and of G's gradients.
COSTS = {64: (1e-4, (3e6, 4e6)), 128: (6e-4, (7e6, 8e6))}


@pytest.fixture
def figures(monkeypatch):
    """The titles of the figures that are shown."""
    titles = []

    def show():
        titles.append(plt.gcf().get_suptitle())
        plt.close("all")

    monkeypatch.setattr(plt, "show", show)
    return titles


@pytest.fixture
def shown(monkeypatch, figures):
    """What is displayed in the notebook, beside figures."""
    pytest.importorskip("ipywidgets")
    import IPython.display

    objects = []
    monkeypatch.setattr(IPython.display, "display", objects.append)
    return objects


def deconvolve(numbers, kernel, stride):
    """Keras's, cut where the last region ends."""
    canvas = keras.ops.conv_transpose(
        numbers[None, :, :, None].astype("float32"),
        kernel[:, :, None, None].astype("float32"),
        stride,
        "valid",
    )
    side = (len(numbers) - 1) * stride + len(kernel)
    return canvas[0, :side, :side, 0].numpy()


def recogniser_and_photo():
    keras.utils.set_random_seed(0)
    photo = np.random.default_rng(0).integers(0, 256, (16, 16, 1))
    return build_recogniser(16, classes=3, width=4), photo.astype("uint8")


def a_square(values, number):
    return np.full((8, 8, 1), 100 + 10 * number + 5 * values.sum(), "uint8")


PANELS = {
    "turn_a_dial": lambda: panels.turn_a_dial(*recogniser_and_photo(), NAMES),
    "slide_a_kernel": panels.slide_a_kernel,
    "paint_a_region": lambda: panels.paint_a_region(deconvolve),
    "play_by_hand": lambda: panels.play_by_hand(rounds=2),
    "steer_a_face": lambda: panels.steer_a_face(a_square, ["glasses", "smiling"]),
    "share_the_work": lambda: panels.share_the_work(COSTS),
}


class Opened:
    """A panel's controls by their names, its picture and its words."""

    def __init__(self, box):
        self.box, widgets = box, list(self.walk(box))
        self.controls = {
            widget.description: widget
            for widget in widgets
            if getattr(widget, "description", "")
        }
        by_kind = {type(widget).__name__: widget for widget in widgets}
        self.image, self.text = by_kind["Image"], by_kind["HTML"]

    def walk(self, widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from self.walk(child)

    def move(self, name, value):
        self.controls[name].value = value
        return self.picture

    def press(self, name):
        self.controls[name].click()
        return self.picture

    words = property(lambda self: html.unescape(self.text.value))
    picture = property(lambda self: bytes(self.image.value))


def open_panel(name, shown):
    PANELS[name]()
    return Opened(shown[-1])


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_has_a_figure_and_a_line_of_text_for_places_without_widgets(
    name, shown, figures
):
    panel = open_panel(name, shown)
    title = inspect.signature(getattr(panels, name)).parameters["title"].default
    assert (figures or [shown[0].alt]) == [title], "no figure, or another title"
    kind = "buttons" if name == "play_by_hand" else "sliders"
    where = "open the notebook in Jupyter or Colab and run this cell"
    assert repr(panel.box) == f"(a panel of {kind}: {where})"
    assert panel.picture.startswith(b"\x89PNG") and panel.words


@pytest.mark.parametrize("name", PANELS)
def test_without_ipywidgets_the_figure_and_one_line_are_left(
    name, figures, monkeypatch, capsys
):
    displayed = []
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    if name == "steer_a_face":
        monkeypatch.setattr(
            pytest.importorskip("IPython.display"), "display", displayed.append
        )
    PANELS[name]()
    line = "no panel without ipywidgets: pip install ipywidgets\n"
    assert capsys.readouterr().out == line
    assert len(figures) + len(displayed) == 1


@pytest.mark.parametrize(
    ("name", "moves"),
    {
        "turn_a_dial": {"changed by": 1.5, "weight": 2, "array": "8, with 3 weights"},
        "slide_a_kernel": {
            "size": 9,
            "kernel": 2,
            "stride": 1,
            "padding": "same",
            "row": 5,
            "column": 0,
        },
        "paint_a_region": {
            "value": -2,
            "row": 1,
            "column": 2,
            "stride": 1,
            "kernel": 4,
            "others": "all 1",
        },
        "steer_a_face": {"glasses": 1.5, "smiling": -2.0},
        "share_the_work": {
            "GPUs": 64,
            "link": "1 Gbit/s",
            "pixels": 128,
            "photos each": 32,
        },
    }.items(),
)
def test_every_slider_and_menu_changes_the_picture(name, moves, shown):
    panel = open_panel(name, shown)
    if name == "turn_a_dial":
        moves = {**moves, "array": panel.controls["array"].options[-1]}
    assert set(moves) == {
        control
        for control in panel.controls
        if hasattr(panel.controls[control], "value")
    }
    for control, value in moves.items():
        before = panel.picture
        assert panel.move(control, value) != before, control


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_draws_none_of_the_lessons_random_numbers(name, shown, monkeypatch):
    network, photo = recogniser_and_photo()
    monkeypatch.setattr(
        sys.modules[__name__], "recogniser_and_photo", lambda: (network, photo)
    )
    draws = []
    for opened in (False, True):
        keras.utils.set_random_seed(3)
        if opened:
            PANELS[name]()
        # Keras seeds its layers from `random`.
        tensorflows = tf.random.uniform((3,)).numpy()
        numpys = np.random.rand(3)  # noqa: NPY002  a lesson's cell may draw from it
        draws.append([[random.random()] * 3, tensorflows, numpys])
    np.testing.assert_array_equal(*draws, "the cells after it would change")


# Lesson 1


def test_changing_a_weight_does_what_set_weights_does():
    network, photo = recogniser_and_photo()
    before = [table.tobytes() for table in network.get_weights()]
    copy = dials.Dials(network, photo)
    found = copy.confidences(table=0, dial=7, turns=[0.0, 1.5])
    assert found.shape == (2, 3)
    after = [table.tobytes() for table in network.get_weights()]
    assert after == before, "the network's own weights moved"
    images = photo[None].astype("float32") / 127.5 - 1
    np.testing.assert_allclose(found[0], network(images)[0], atol=1e-6)
    tables = network.get_weights()
    tables[0].flat[7] += 1.5
    network.set_weights(tables)
    np.testing.assert_allclose(found[1], network(images)[0], atol=1e-6)
    assert np.abs(found[1] - found[0]).max() > 1e-3
    again = copy.confidences(table=0, dial=7, turns=[0.0])
    np.testing.assert_array_equal(again[0], found[0])


def test_the_figure_has_the_weight_that_does_least_and_the_one_that_does_most():
    network, photo = recogniser_and_photo()
    copy = dials.Dials(network, photo)
    least, most = copy.extremes(4)
    spread = [
        np.ptp(copy.confidences(4, place, (-2, 0, 2)), axis=0).max()
        for place in (least, most)
    ]
    assert 0 <= spread[0] < spread[1]


def test_a_smaller_array_pulls_the_weight_back(shown):
    panel = open_panel("turn_a_dial", shown)
    arrays = panel.controls["array"].options
    panel.move("array", arrays[0])
    panel.move("weight", 36)
    panel.move("array", arrays[-1])
    assert arrays[-1] == "8, with 3 weights"
    assert panel.controls["weight"].value == panel.controls["weight"].max == 3


# Lesson 2


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_regions_lie_where_keras_lays_them(kernel, stride, padding):
    for size in range(5, 13):
        one_pixel_each = np.eye(size, dtype="float32")[:, :, None]
        ones = np.ones((kernel, 1, 1), "float32")
        answers = keras.ops.conv(one_pixel_each, ones, stride, padding)
        covered = answers[:, :, 0].numpy() == 1
        first = kernels.starts(size, kernel, stride, padding)
        ours = [
            [start <= pixel < start + kernel for start in first]
            for pixel in range(size)
        ]
        np.testing.assert_array_equal(covered, ours)


def test_the_rule_is_given_in_numbers():
    valid = "valid: (8 − 3) / 2 rounded down, + 1 = 3. The output is 3 × 3."
    assert kernels.size_rule(8, 3, 2, "valid") == valid
    same = "same: 7 / 2 rounded up = 4. The output is 4 × 4."
    assert kernels.size_rule(7, 3, 2, "same") == same


def test_there_are_as_many_rows_to_look_at_as_answers(shown):
    panel = open_panel("slide_a_kernel", shown)
    panel.move("stride", 1)
    panel.move("row", 5)
    panel.move("stride", 4)
    row, column = panel.controls["row"], panel.controls["column"]
    assert row.value == row.max == column.max == 1


# Lesson 3


def test_numbers_and_coats():
    np.testing.assert_array_equal(
        painting.nine_numbers(3, 2, 0, "a 2 in the middle"),
        [[0, 0, 0], [0, 2, 0], [3, 0, 0]],
    )
    np.testing.assert_array_equal(
        painting.nine_numbers(0, 1, 1, "all 1"), [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    )
    for stride in (1, 2, 3, 4):
        for size in (2, 3, 4, 5):
            numbers = painting.nine_numbers(-3, 0, 1, "a 2 in the middle")
            coats = painting.coats(numbers, size, stride)
            painted, ones = np.abs(np.sign(numbers)), np.ones((size, size))
            np.testing.assert_array_equal(coats, deconvolve(painted, ones, stride))
            # They overlap if and only if the kernel is wider than the stride.
            assert (coats.max() > 1) == (size > stride)
            side = len(coats)
            assert painting.size_rule(stride, size).endswith(f"{side} × {side}.")


def test_brushes_are_strongest_in_the_middle_and_the_same_all_round():
    np.testing.assert_array_equal(painting.brush(3), [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    np.testing.assert_array_equal(painting.brush(4)[1], [2, 4, 4, 2])
    for size in (2, 3, 4, 5):
        turned = painting.brush(size)[::-1, ::-1].T
        np.testing.assert_array_equal(painting.brush(size), turned)


def test_the_canvas_is_painted_by_the_function_that_was_given(shown):
    calls = []

    def recorded(numbers, kernel, stride):
        calls.append((numbers, stride))
        return deconvolve(numbers, kernel, stride)

    panels.paint_a_region(recorded)
    Opened(shown[-1]).move("value", -4)
    numbers, stride = calls[-1]
    assert numbers[0, 0] == -4 and stride == 2


# Lesson 4


@pytest.fixture(scope="module")
def game():
    return PointGame()


def fingerprint(*things):
    return [
        variable.numpy().tobytes() for thing in things for variable in thing.variables
    ]


@pytest.mark.parametrize(
    ("kind", "radius"), {"ring": 2, "grid": 2 * 2**0.5, "spiral": 2.4}.items()
)
def test_points_of_every_kind(kind, radius):
    points = SHAPES[kind](4000, np.random.default_rng(1))
    assert points.shape == (4000, 2)
    far = np.linalg.norm(points, axis=1)
    assert radius - 0.1 < np.quantile(far, 0.97) < radius + 0.45
    np.testing.assert_array_equal(points, SHAPES[kind](4000, np.random.default_rng(1)))


def test_rings_and_grids_have_eight_and_nine_clusters():
    random = np.random.default_rng(0)
    angles = np.degrees(np.arctan2(*SHAPES["ring"](2000, random).T))
    assert len(np.unique(np.round(angles / 45) % 8)) == 8
    places = np.round(SHAPES["grid"](2000, random) / 2)
    assert len(np.unique(places, axis=0)) == 9


@pytest.mark.parametrize(
    ("who", "moves", "holds"),
    [("D", "discriminator", "generator"), ("G", "generator", "discriminator")],
)
def test_a_turn_moves_one_network_only_to_the_last_bit(game, who, moves, holds):
    game.start("ring")
    moving, holding = getattr(game.gan, moves), getattr(game.gan, holds)
    optimizers = {"D": game.gan.d_optimizer, "G": game.gan.g_optimizer}
    idle = optimizers["G" if who == "D" else "D"]
    before, held = fingerprint(moving), fingerprint(holding, idle)
    game.play(who)
    assert all(old != new for old, new in zip(before, fingerprint(moving)))
    assert fingerprint(holding, idle) == held
    assert game.turns == {"D": int(who == "D"), "G": int(who == "G")}
    for network in (moving, holding):
        assert network.trainable_variables, "still frozen"


def test_a_turn_of_each_is_one_round_of_the_lessons_gan(game):
    game.start("ring")
    other = PointGame()
    real = other.random.choice(other.real, 256)
    game.play("DG")
    tf.function(other.gan.train_step)(real)
    for network in ("discriminator", "generator"):
        ours, theirs = (getattr(gan, network) for gan in (game.gan, other.gan))
        for one, another in zip(ours.variables, theirs.variables):
            np.testing.assert_allclose(one, another, atol=1e-5)
    ours, theirs = (gan.latent_seeds.state for gan in (game.gan, other.gan))
    np.testing.assert_array_equal(ours, theirs)


def test_start_brings_everything_back_and_the_same_turns_come_out_the_same(game):
    game.start("spiral")
    parts = game.gan, game.gan.d_optimizer, game.gan.g_optimizer
    at_first, fakes = fingerprint(*parts), game.fakes()
    game.play("DDGDG")
    played = fingerprint(*parts)
    assert played != at_first and game.turns == {"D": 3, "G": 2}
    game.start("spiral")
    assert fingerprint(*parts) == at_first and game.turns == {"D": 0, "G": 0}
    np.testing.assert_array_equal(game.fakes(), fakes)
    game.play("DDGDG")
    assert fingerprint(*parts) == played


def test_some_rounds_bring_the_fakes_to_the_points(game):
    game.start("ring")
    before = np.abs(np.linalg.norm(game.fakes(), axis=1) - 2).mean()
    game.play(300 * "DG")
    after = np.abs(np.linalg.norm(game.fakes(), axis=1) - 2).mean()
    assert after < before / 3
    verdicts = game.verdicts()
    assert verdicts.shape == (48, 48) and 0 < verdicts.min() < verdicts.max() < 1


def test_a_panel_of_points_is_played_with_buttons(shown):
    panel = open_panel("play_by_hand", shown)
    pictures = [panel.picture]
    assert "D has taken 0 turns, G 0." in panel.words
    panel.move("times", 10)
    assert panel.picture == pictures[0], "the number of turns alone changes nothing"
    for button, line in {
        "step D": "D has taken 10 turns, G 0.",
        "step G": "D has taken 10 turns, G 10.",
        "play": "D has taken 20 turns, G 20.",
    }.items():
        pictures.append(panel.press(button))
        assert line in panel.words
    assert len(set(pictures)) == 4
    assert panel.press("reset") == pictures[0] and "D has taken 0 turns" in panel.words
    panel.press("step D")
    for kind in ("grid", "spiral"):
        pictures.append(panel.move("data", kind))
        assert "D has taken 0 turns, G 0." in panel.words, "other data begin a new game"
    assert len(set(pictures)) == 6


def test_long_play_is_shown_as_it_goes(shown):
    panel = open_panel("play_by_hand", shown)
    pictures = []
    panel.image.observe(lambda change: pictures.append(bytes(change["new"])), "value")
    panel.move("times", 100)
    panel.press("play")
    assert len(set(pictures)) >= 9 and "D has taken 100 turns, G 100." in panel.words


def test_a_step_is_quick(shown):
    panel, seconds = open_panel("play_by_hand", shown), []
    for button in ("step D", "step G", "step D", "step G"):
        start = time.process_time()  # other programs do not count
        panel.press(button)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.4, "a step and its picture"


# Lesson 7


def test_a_face_is_steered(shown):
    from IPython.core.formatters import DisplayFormatter

    panel = open_panel("steer_a_face", shown)
    data, metadata = DisplayFormatter().format(shown[0])
    alt = "The first face of the panel, one slider at a time"
    assert metadata == {"image/png": {"alt": alt}}
    assert data["image/png"].startswith("iVBOR") and alt in data["text/plain"]
    assert panel.words == "face 1: as its code has it"
    first = panel.picture
    moved = panel.move("glasses", 2.0)
    assert panel.words == "face 1: glasses +2.00" and moved != first
    assert panel.press("new face") not in (first, moved)
    assert panel.words == "face 2: glasses +2.00"
    panel.move("smiling", -1.0)
    panel.press("all to 0")
    assert panel.words == "face 2: as its code has it"
    assert {panel.controls[name].value for name in ("glasses", "smiling")} == {0}


# Lesson 10


def test_one_gpu_sends_nothing_and_two_send_the_bytes_once():
    assert machines.step_seconds(COSTS[64], 1, "10 Gbit/s", 16) == (0.0016, 0.0)
    calculating, sending = machines.step_seconds(COSTS[64], 2, "10 Gbit/s", 16)
    assert calculating == 0.0016
    messages = 4  # two for each network
    assert sending == pytest.approx(7e6 / 1.25e9 + messages * 5e-5)


def test_more_gpus_make_more_images_until_the_delays_win():
    rates = [machines.rate(COSTS[64], n, "100 Gbit/s", 16) for n in machines.MACHINES]
    assert rates == sorted(rates) and rates[0] == pytest.approx(1e4)
    for n, rate in zip(machines.MACHINES[1:], rates[1:]):
        assert rate < n * rates[0], "more than if sending were free"


def test_the_picture_of_a_choice_is_described(shown):
    panel = open_panel("share_the_work", shown)
    assert panel.words == (
        "1.6 ms computing and 0.0 ms sending: "
        "100\xa0% of the time is spent computing, with batches of 16 in all"
    )
    panel.move("GPUs", 64)
    assert panel.words.endswith("with batches of 1,024 in all")
    panel.move("link", "within one box")
    assert panel.words.endswith("with batches of 128 in all (8 GPUs fill a box)")


# Lesson 10's drawing


def test_a_ring_adds_up_everything_on_the_first_lap_and_hands_it_on_on_the_second():
    for n in (2, 3, 4, 7):
        states = ring_counts(n)
        assert len(states) == 1 + 2 * (n - 1)
        counts = [state for state, _ in states]
        assert np.all(counts[0] == 1) and np.all(counts[-1] == n)
        # After the first lap every machine has one complete piece, each another.
        complete = np.argwhere(counts[n - 1] == n)
        assert sorted(complete[:, 0]) == sorted(complete[:, 1]) == list(range(n))
        for before, (after, received) in zip(counts, states[1:]):
            changed = np.argwhere(before != after)
            assert {*map(tuple, changed)} <= {*enumerate(received)}
