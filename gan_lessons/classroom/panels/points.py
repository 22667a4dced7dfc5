"""Lesson 4: a GAN on points of the plane, played turn by turn."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from gan_lessons.classroom.panels.controls import follow
from gan_lessons.classroom.plots.points import draw_game, point_game
from gan_lessons.gan import GAN, frozen
from gan_lessons.models import sample_latents

SPAN, PLACES, BATCH = 3.2, 48, 256


def play_by_hand(
    rounds=400,
    title="One alone, the other alone, then in turn: what D says (colour), and where G's points are (red)",
):
    """D and G on points that lie in a ring, a grid or a spiral: a turn of D, a turn of G, or rounds of both, as often as wanted.

    rounds: how many are played for the last picture of the figure
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
        moments.append((name, game.verdicts(), game.painted()))
    point_game(moments, game.real[:300], title=title, span=SPAN)
    game.start("ring")

    def draw(values):
        if values["data"] != game.kind:
            game.start(values["data"])
        figure = Figure(
            figsize=(5, 4), layout="none"
        )  # no layout to work out: the quicker it is drawn, the better it plays
        axis, bar = (
            figure.add_axes((0.01, 0.01, 0.78, 0.98)),
            figure.add_axes((0.83, 0.05, 0.03, 0.7)),
        )
        figure.colorbar(
            draw_game(axis, game.verdicts(), game.painted(), game.real[:300], SPAN),
            cax=bar,
            ticks=(0, 0.5, 1),
            label="D(x)",
        )
        axis.legend(
            loc="upper left",
            bbox_to_anchor=(1, 1),
            fontsize=10,
            handletextpad=0,
            markerscale=2,
        )
        return figure, game.in_words()

    def turns_of(who):
        def press(controls, redraw):
            times = controls["times"].value
            for part in range(10):  # so that one sees it move
                game.play(who * len(range(part, times, 10)))
                if times > 10:
                    redraw()

        return press

    follow(
        draw,
        {"data": list(SHAPES), "times": [1, 10, 100, 1000]},
        {
            "step D": turns_of("D"),
            "step G": turns_of("G"),
            "play": turns_of("DG"),
            "reset": lambda controls, redraw: game.start(game.kind),
        },
        kind="buttons",
    )


def ring(n, random):
    """Eight heaps on a circle, as in the lesson."""
    angles = random.integers(8, size=n) * np.pi / 4
    return 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + random.normal(
        0, 0.15, (n, 2)
    )


def grid(n, random):
    """Nine heaps, three by three."""
    return 2 * random.integers(-1, 2, (n, 2)) + random.normal(0, 0.15, (n, 2))


def spiral(n, random):
    """A line that winds round the middle."""
    turned = 3 * np.pi * np.sqrt(random.uniform(0.03, 1, n))
    return 2.4 * (turned / (3 * np.pi))[:, None] * np.stack(
        [np.cos(turned), np.sin(turned)], axis=1
    ) + random.normal(0, 0.06, (n, 2))


SHAPES = {"ring": ring, "grid": grid, "spiral": spiral}


def network(inputs, outputs, name, seed):
    """Lesson 4's dense network for points, with the same weights for the same seed."""
    sizes = [(64, "leaky_relu")] * 3 + [(outputs, None)]
    dense = [
        layers.Dense(
            size,
            activation,
            kernel_initializer=keras.initializers.GlorotUniform(seed + k),
        )
        for k, (size, activation) in enumerate(sizes)
    ]
    return keras.Sequential([keras.Input((inputs,)), *dense], name=name)


class PointGame:
    """The GAN of lesson 4 on points of the plane; each network takes its turn alone.

    >>> game = PointGame("spiral")
    >>> game.play("D")      # one turn of D
    >>> game.play("DDDG")   # three of D, then one of G
    """

    def __init__(self, kind="ring"):
        self.gan = GAN(
            network(2, 1, "discriminator", seed=1), network(2, 2, "generator", seed=11)
        )
        self.gan.compile(
            keras.optimizers.Adam(1e-3, beta_1=0.5),
            keras.optimizers.Adam(1e-3, beta_1=0.5),
        )
        moving = (
            *self.gan.variables,
            *self.gan.d_optimizer.variables,
            *self.gan.g_optimizer.variables,
        )
        self.at_first = [(variable, variable.numpy()) for variable in moving]
        self.start(kind)

    def start(self, kind):
        """Everything back to where it was at first, and points of this kind to learn from."""
        for variable, value in self.at_first:
            variable.assign(value)
        self.kind, self.random, self.turns = (
            kind,
            np.random.default_rng(0),
            {"D": 0, "G": 0},
        )
        self.real = SHAPES[kind](64 * BATCH, self.random).astype("float32")

    def play(self, turns):
        """A string such as "DDG": whose turn it is, one after the other."""
        for who in turns:
            self.turns[who] += 1
            if who == "D":
                self.d_turn(self.random.choice(self.real, BATCH))
            else:
                self.g_turn()

    @tf.function
    def d_turn(self, real):
        gan = self.gan
        with frozen(gan.generator), tf.GradientTape() as tape:
            fake = gan.generator(gan.draw_latents(BATCH), training=True)
            loss = gan.d_loss(gan.judge(real), gan.judge(fake))
            movable = (
                gan.discriminator.trainable_variables
                + gan.generator.trainable_variables
            )
        gan.d_optimizer.apply(tape.gradient(loss, movable), movable)

    @tf.function
    def g_turn(self):
        gan = self.gan
        with frozen(gan.discriminator), tf.GradientTape() as tape:
            loss = gan.g_loss(
                gan.judge(gan.generator(gan.draw_latents(BATCH), training=True))
            )
            movable = (
                gan.discriminator.trainable_variables
                + gan.generator.trainable_variables
            )
        gan.g_optimizer.apply(tape.gradient(loss, movable), movable)

    def painted(self, n=300):
        """float32 (n, 2): what G makes of the same latents as ever."""
        return self.gan.generator(sample_latents(n, 2)).numpy()

    def verdicts(self):
        """float32 (places, places): what D says of each place of the plane, row by row from below."""
        line = np.linspace(-SPAN, SPAN, PLACES, dtype="float32")
        plane = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        return self.believed(plane).reshape(PLACES, PLACES)

    def believed(self, points):
        """float32 (n,): how real D finds each point, 0 to 1."""
        return tf.sigmoid(self.gan.discriminator(points)).numpy()[:, 0]

    def in_words(self):
        """Who has taken how many turns, and what D says of points it shows."""
        real, fake = (
            self.believed(self.real[:300]).mean(),
            self.believed(self.painted()).mean(),
        )
        return f"D has taken {self.turns['D']:,} turns, G {self.turns['G']:,}. D finds the real points {100 * real:.0f} % real, the fakes {100 * fake:.0f} %."
