"""Lesson 4: a GAN on points of the plane, played turn by turn."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.points import draw_game, point_game
from gan_lessons.gan import GAN, frozen
from gan_lessons.models import sample_latents

SPAN, PLACES, BATCH, SHOWN = 3.2, 48, 256, 300


def play_by_hand(
    rounds: int = 400,
    title: str = (
        "One alone, the other alone, then in turn: "
        "what D says (colour), and where G's points are (red)"
    ),
) -> None:
    """D and G on points that lie in a ring, a grid or a spiral, played with buttons.

    A button is a turn of D, a turn of G or a round of both, once or many times.

    Args:
        rounds: how many are played before the last axis of the figure.
        title: of the figure.
    """
    from matplotlib.figure import Figure

    game, moments = PointGame(), []
    for name, turns in {
        "at first": "",
        "D took 30 turns": 30 * "D",
        "then G took 30": 30 * "G",
        f"and {rounds} rounds of both": rounds * "DG",
    }.items():
        game.play(turns)
        moments.append((name, game.verdicts(), game.fakes()))
    point_game(moments, game.real[:SHOWN], title=title, span=SPAN)
    game.start("ring")

    def draw(values):
        if values["data"] != game.kind:
            game.start(values["data"])
        # Without a layout to work out, the picture is drawn faster.
        figure = Figure(figsize=(5, 4), layout="none")
        axis = figure.add_axes((0.01, 0.01, 0.78, 0.98))
        bar = figure.add_axes((0.83, 0.05, 0.03, 0.7))
        real = game.real[:SHOWN]
        drawn = draw_game(axis, game.verdicts(), game.fakes(), real, SPAN)
        figure.colorbar(drawn, cax=bar, ticks=(0, 0.5, 1), label="D(x)")
        axis.legend(
            loc="upper left",
            bbox_to_anchor=(1, 1),
            fontsize=10,
            handletextpad=0,
            markerscale=2,
        )
        return figure, game.summary()

    def action(turns):
        def press(controls, redraw):
            times = controls["times"].value
            for part in range(10):  # so that the points are seen to move
                game.play(turns * len(range(part, times, 10)))
                if times > 10:
                    redraw()

        return press

    choices = {"data": list(SHAPES), "times": [1, 10, 100, 1000]}
    buttons = {
        "step D": action("D"),
        "step G": action("G"),
        "play": action("DG"),
        "reset": lambda controls, redraw: game.start(game.kind),
    }
    follow(draw, choices, buttons, kind="buttons")


def ring(n: int, random: np.random.Generator) -> np.ndarray:
    """Eight clusters on a circle, as in the lesson: float (n, 2)."""
    angles = random.integers(8, size=n) * np.pi / 4
    centres = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return centres + random.normal(0, 0.15, (n, 2))


def grid(n: int, random: np.random.Generator) -> np.ndarray:
    """Nine clusters, three by three: float (n, 2)."""
    return 2 * random.integers(-1, 2, (n, 2)) + random.normal(0, 0.15, (n, 2))


def spiral(n: int, random: np.random.Generator) -> np.ndarray:
    """A line that winds round the middle: float (n, 2)."""
    angles = 3 * np.pi * np.sqrt(random.uniform(0.03, 1, n))
    radii = 2.4 * (angles / (3 * np.pi))
    line = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return line + random.normal(0, 0.06, (n, 2))


SHAPES = {"ring": ring, "grid": grid, "spiral": spiral}


class PointGame:
    """The GAN of lesson 4 on points of the plane; each network takes its turn alone.

    Args:
        kind: of points to learn from, a key of `SHAPES`.

    Attributes:
        kind: of points to learn from.
        real: these points, float32 (16384, 2).
        turns: {"D": int, "G": int}, how many each has taken.

    Example:
        >>> game = PointGame("spiral")
        >>> game.play("D")  # one turn of D
        >>> game.play("DDDG")  # three of D, then one of G
    """

    def __init__(self, kind: str = "ring"):
        discriminator = _network(1, "discriminator", seed=1)
        self.gan = GAN(discriminator, _network(2, "generator", seed=11))
        optimizers = [keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2)]
        self.gan.compile(*optimizers)
        changing = [*self.gan.variables]
        for optimizer in optimizers:
            changing += optimizer.variables
        self.at_first = [(variable, variable.numpy()) for variable in changing]
        self.start(kind)

    def start(self, kind: str) -> None:
        """Begin a new game, with the networks as they were at first.

        Args:
            kind: of points to learn from, a key of `SHAPES`.
        """
        for variable, value in self.at_first:
            variable.assign(value)
        self.kind, self.turns = kind, {"D": 0, "G": 0}
        self.random = np.random.default_rng(0)
        self.real = SHAPES[kind](64 * BATCH, self.random).astype("float32")

    def play(self, turns: str) -> None:
        """Let the networks learn in turn.

        Args:
            turns: whose turn it is, one after the other, such as "DDG".
        """
        for network in turns:
            self.turns[network] += 1
            if network == "D":
                self._train_discriminator(self.random.choice(self.real, BATCH))
            else:
                self._train_generator()

    @tf.function
    def _train_discriminator(self, real):
        gan = self.gan
        with frozen(gan.generator), tf.GradientTape() as tape:
            fake = gan.generator(gan.draw_latents(BATCH), training=True)
            loss = gan.d_loss(gan.judge(real), gan.judge(fake))
            variables = gan.discriminator.trainable_variables
        gan.d_optimizer.apply(tape.gradient(loss, variables), variables)

    @tf.function
    def _train_generator(self):
        gan = self.gan
        with frozen(gan.discriminator), tf.GradientTape() as tape:
            fake = gan.generator(gan.draw_latents(BATCH), training=True)
            loss = gan.g_loss(gan.judge(fake))
            variables = gan.generator.trainable_variables
        gan.g_optimizer.apply(tape.gradient(loss, variables), variables)

    def fakes(self, n: int = SHOWN) -> np.ndarray:
        """What G makes of the same n latents at every call: float32 (n, 2)."""
        return self.gan.generator(sample_latents(n, 2)).numpy()

    def verdicts(self) -> np.ndarray:
        """D(x) on a grid over the plane, as `plots.point_game` wants it."""
        line = np.linspace(-SPAN, SPAN, PLACES, dtype="float32")
        plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        return self.probabilities(plane).reshape(PLACES, PLACES)

    def probabilities(self, points: np.ndarray) -> np.ndarray:
        """How real D finds each of n points, (n, 2): float32 (n,), 0 to 1."""
        return tf.sigmoid(self.gan.discriminator(points)).numpy()[:, 0]

    def summary(self) -> str:
        """Who has taken how many turns, and what D says of points, in one line."""
        real = self.probabilities(self.real[:SHOWN]).mean()
        fake = self.probabilities(self.fakes()).mean()
        return (
            f"D has taken {self.turns['D']:,} turns, G {self.turns['G']:,}. D finds "
            f"the real points {100 * real:.0f} % real, the fakes {100 * fake:.0f} %."
        )


def _network(outputs, name, seed):
    """Lesson 4's dense network for points, with the same weights for the same seed."""
    sizes = [(64, "leaky_relu")] * 3 + [(outputs, None)]
    seeds = (keras.initializers.GlorotUniform(seed + k) for k in range(len(sizes)))
    dense = [
        layers.Dense(size, activation, kernel_initializer=initializer)
        for (size, activation), initializer in zip(sizes, seeds)
    ]
    return keras.Sequential([keras.Input((2,)), *dense], name=name)
