"""Each network learns, the frozen one does not move, and a saved game goes on."""

import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from small import small_gan

from gan_lessons.data import load_faces
from gan_lessons.gan import GAN, LOSSES, DiffAugmentGAN, discriminator_loss, frozen
from gan_lessons.models import build_discriminator, build_generator
from gan_lessons.recipe import ScaledDiffAugmentGAN, ScaledR1GAN
from gan_lessons.scale import PRECISIONS, Scaled, full_precision


def variables(model):
    return [(variable.path, variable.numpy().tobytes()) for variable in model.variables]


def moved(before, after):
    return [path for (path, a), (_, b) in zip(before, after, strict=True) if a != b]


def optimizer_state(gan):
    return [
        variable.numpy()
        for optimizer in (gan.d_optimizer, gan.g_optimizer)
        for variable in optimizer.variables
    ]


def losses(gan, photos, steps=3):
    gan.reset_metrics()
    return [
        [float(value) for value in gan.train_step(batch).values()]
        for batch in photos.take(steps)
    ]


class Still(keras.optimizers.SGD):
    """An optimizer that moves nothing, so that the other network can be watched."""

    def apply(self, gradients, trainable_variables=None):
        self.seen = [
            variable.path
            for gradient, variable in zip(gradients, trainable_variables)
            if gradient is not None
        ]


def test_both_networks_get_gradients_and_move(kind, photos):
    gan = small_gan(kind)
    networks = (gan.discriminator, gan.generator)
    before = [variables(network) for network in networks]
    gan.train_step(next(iter(photos)))
    for network, was in zip(networks, before):
        assert moved(was, variables(network)) == [path for path, _ in was], (
            "some weights of this network never learn"
        )


def test_only_the_discriminator_moves_in_its_step_and_only_the_generator_in_its_own(
    kind, photos
):
    batch = next(iter(photos))
    gan = small_gan(kind)
    gan.g_optimizer = Still()
    before = variables(gan.generator)
    gan.train_step(batch)
    assert moved(before, variables(gan.generator)) == []
    assert gan.g_optimizer.seen == [path for path, _ in before], (
        "the generator's optimizer was given other variables"
    )
    gan = small_gan(kind)
    gan.d_optimizer = Still()
    gan.d_optimizer.build([])
    before = variables(gan.discriminator)
    gan.train_step(batch)
    assert moved(before, variables(gan.discriminator)) == []
    assert gan.d_optimizer.seen == [path for path, _ in before]


def with_batch_statistics():
    """A GAN with batch normalisation, whose statistics freezing must hold still."""
    keras.utils.set_random_seed(0)
    discriminator = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(4, 4, 4),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    generator = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(256),
            layers.BatchNormalization(),
            layers.Reshape((16, 16, 1)),
        ]
    )
    gan = GAN(discriminator, generator)
    gan.compile("adam", "adam")
    return gan


def test_a_frozen_networks_batch_statistics_stay_too(photos):
    batch = next(iter(photos))
    gan = with_batch_statistics()
    judge, statistics = gan.judge, []

    def watch(images):
        statistics.append(
            (variables(gan.discriminator.layers[1]), variables(gan.generator.layers[1]))
        )
        return judge(images)

    gan.judge = watch
    # Judged in this order: real and fake in D's step, fake in G's.
    gan.train_step(batch)
    statistics.append(
        (variables(gan.discriminator.layers[1]), variables(gan.generator.layers[1]))
    )
    start, _, before_g, after = statistics
    assert start[1][-2:] == with_batch_statistics_paths(gan)
    assert moved(before_g[0], after[0]) == [], (
        "the frozen discriminator's batch normalisation moved in the generator's step"
    )


def with_batch_statistics_paths(gan):
    """The generator's moving mean and variance as they were built."""
    layer = gan.generator.layers[1]
    return [
        (layer.moving_mean.path, np.zeros(256, "float32").tobytes()),
        (layer.moving_variance.path, np.ones(256, "float32").tobytes()),
    ]


def test_frozen_gives_every_layer_back_as_it_was():
    network = small_gan().generator
    network.layers[0].trainable = False
    before = [layer.trainable for layer in network.layers]

    def fail():
        with frozen(network):
            assert network.trainable_variables == []
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [layer.trainable for layer in network.layers] == before and network.trainable


def test_frozen_gives_the_layers_of_a_network_within_a_network_back():
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dense(2)])
    inner.layers[0].trainable = False
    outer = keras.Sequential([keras.Input((3,)), inner, layers.Dense(1)])
    with frozen(outer):
        assert outer.trainable_variables == []
    assert len(outer.trainable_variables) == 4
    assert not inner.layers[0].trainable


def test_after_a_step_everything_is_trainable_again(kind, photos):
    gan = small_gan(kind)
    gan.train_step(next(iter(photos)))
    assert gan.discriminator.trainable_variables and gan.generator.trainable_variables
    assert gan.ema_generator.trainable_variables == []


@pytest.mark.parametrize("loss", list(LOSSES))
def test_losses_agree_with_the_textbook(loss):
    real, fake = np.float32([[2.0], [-1.0], [0.3]]), np.float32([[-3.0], [0.5], [1.0]])

    def sigmoid(logits):
        return 1 / (1 + np.exp(-logits.astype("float64")))

    crossentropy = -np.log(sigmoid(real)).mean() - np.log(1 - sigmoid(fake)).mean()
    expected = {
        "non_saturating": (crossentropy, -np.log(sigmoid(fake)).mean()),
        "saturating": (crossentropy, np.log(1 - sigmoid(fake)).mean()),
        "hinge": (
            np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean(),
            -fake.mean(),
        ),
    }[loss]
    d_loss, g_loss = LOSSES[loss]
    assert float(d_loss(real, fake)) == pytest.approx(expected[0], rel=1e-5)
    assert float(g_loss(fake)) == pytest.approx(expected[1], rel=1e-5)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_each_loss_falls_when_its_network_does_well(loss):
    d_loss, g_loss = LOSSES[loss]
    low, high = np.float32([[-0.5]]), np.float32([[0.5]])
    assert float(g_loss(high)) < float(g_loss(low))
    assert float(d_loss(high, low)) < float(d_loss(low, high))


def test_an_undecided_discriminators_loss_is_log_4():
    undecided = np.zeros((5, 1), "float32")
    loss = discriminator_loss(undecided, undecided)
    assert float(loss) == pytest.approx(np.log(4))


def test_the_ema_copy_follows_the_generator(photos):
    gan = small_gan(ema=0.9)
    expected = [value.copy() for value in gan.generator.get_weights()]
    for step, batch in enumerate(photos.take(3), start=1):
        gan.train_step(batch)
        keep = min(0.9, step / (step + 10))
        expected = [
            keep * average + (1 - keep) * value
            for average, value in zip(expected, gan.generator.get_weights())
        ]
    for average, wanted in zip(gan.ema_generator.get_weights(), expected):
        assert np.allclose(average, wanted, atol=1e-6)
    assert not np.array_equal(
        gan.ema_generator.get_weights()[0], gan.generator.get_weights()[0]
    )


def test_generate_uses_the_ema_copy_and_repeats(photos):
    gan = small_gan()
    gan.fit(photos, verbose=0)
    faces = gan.generate(3, seed=5)
    assert faces.shape == (3, 16, 16, 1) and faces.dtype == np.uint8
    assert np.array_equal(faces, gan.generate(3, seed=5)) and not np.array_equal(
        faces, gan.generate(3, seed=6)
    )
    gan.ema_generator.set_weights(
        [0 * weight for weight in gan.ema_generator.get_weights()]
    )
    assert np.array_equal(gan.generate(3, seed=5), np.full((3, 16, 16, 1), 128))


def test_fresh_latents_in_every_step_of_a_compiled_run():
    gan = small_gan()
    draw = tf.function(lambda: gan.draw_latents(4))
    assert not np.array_equal(draw(), draw())


def test_fit_reports_the_four_metrics_and_evaluate_learns_nothing(kind, photos, capsys):
    gan = small_gan(kind)
    history = gan.fit(photos, epochs=2, verbose=1).history
    assert set(history) == {"d_loss", "g_loss", "d_real", "d_fake"} and all(
        len(values) == 2 for values in history.values()
    )
    assert 0 <= history["d_real"][-1] <= 1
    assert "d_fake" in capsys.readouterr().out, (
        "Keras's progress bar does not show the metrics"
    )
    networks = (gan.discriminator, gan.generator, gan.ema_generator)
    before, seeds = (
        [variables(network) for network in networks],
        gan.latent_seeds.state.numpy().tolist(),
    )
    values = gan.evaluate(photos, verbose=0, return_dict=True)
    assert set(values) == set(history) and np.isfinite(list(values.values())).all()
    assert [
        variables(network) for network in networks
    ] == before and gan.latent_seeds.state.numpy().tolist() == seeds


def test_training_tells_real_from_fake(photos):
    gan = small_gan()
    gan.g_optimizer.learning_rate = 0.0
    history = gan.fit(photos, epochs=6, verbose=0).history
    assert (
        history["d_loss"][-1] < history["d_loss"][0]
        and history["d_real"][-1] > 0.6 > 0.4 > history["d_fake"][-1]
    )


def test_a_saved_gan_goes_on_exactly_as_the_unsaved_one(kind, photos, tmp_path):
    gan = small_gan(kind, loss="hinge")
    gan.fit(photos, verbose=0)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert type(again) is kind and again.loss_name == "hinge"
    assert all(
        np.array_equal(a, b)
        for a, b in zip(optimizer_state(gan), optimizer_state(again), strict=True)
    )
    assert np.array_equal(gan.generate(2), again.generate(2))
    photos.epoch.assign(7)
    wanted = losses(gan, photos)
    photos.epoch.assign(7)
    assert losses(again, photos) == wanted
    assert moved(variables(gan.generator), variables(again.generator)) == []


def test_weights_go_into_a_freshly_built_gan(kind, photos, tmp_path):
    gan, other = small_gan(kind), small_gan(kind, seed=1)
    gan.fit(photos, verbose=0)
    gan.save_weights(tmp_path / "gan.weights.h5")
    other.load_weights(tmp_path / "gan.weights.h5")
    assert all(
        np.array_equal(a, b)
        for a, b in zip(optimizer_state(gan), optimizer_state(other), strict=True)
    )
    assert np.array_equal(gan.generate(2), other.generate(2))


def test_an_unknown_loss_is_named():
    with pytest.raises(
        ValueError, match="loss='wgan' is not one of non_saturating, saturating, hinge"
    ):
        small_gan(loss="wgan")


def test_shapes_that_do_not_fit_are_one_line_before_anything_is_learned(photos):
    with pytest.raises(
        ValueError,
        match=r"photos are \(32, 32, 1\), and the discriminator reads \(16, 16, 1\)",
    ) as error:
        small_gan().fit(load_faces("orl", 32).dataset(32), verbose=0)
    assert "\n" not in str(error.value)
    gan = GAN(build_discriminator(16, width=4), build_generator(32, width=4))
    gan.compile("adam", "adam")
    with pytest.raises(ValueError, match=r"the generator paints \(32, 32, 1\)"):
        gan.fit(photos, verbose=0)


def test_a_gan_takes_points_as_well_as_pictures():
    points = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
    gan = GAN(
        keras.Sequential([keras.Input((2,)), layers.Dense(1)]),
        keras.Sequential([keras.Input((3,)), layers.Dense(2)]),
    )
    gan.compile("adam", "adam")
    assert np.isfinite(
        gan.fit(
            tf.data.Dataset.from_tensor_slices(points).batch(16), verbose=0
        ).history["d_loss"][0]
    )


def test_r1_is_the_squared_slope_at_real_photos(photos):
    gan = small_gan(DiffAugmentGAN, gamma=3.0)
    gan.judge = lambda images: tf.reduce_sum(images * 2.0, axis=(1, 2, 3))[
        :, None
    ]  # slope 2 in each of 256 pixels
    assert float(gan.r1(next(iter(photos)))) == pytest.approx(
        3.0 / 2 * 4 * 256, rel=1e-5
    )


def test_r1_comes_on_every_fourth_step_four_times_as_strong(photos):
    gan, batch = small_gan(DiffAugmentGAN), next(iter(photos))
    gan.r1 = lambda real: tf.constant(1.0)
    penalties = []
    for step in range(5):
        gan.d_optimizer.iterations.assign(step)
        penalties.append(float(gan.penalty(batch)))
    assert penalties == [4.0, 0.0, 0.0, 0.0, 4.0]


def test_the_penalty_flattens_the_discriminator(photos):
    def slope(gamma):
        gan = small_gan(DiffAugmentGAN, gamma=gamma)
        gan.fit(photos, epochs=4, verbose=0)
        return float(gan.r1(next(iter(photos)))) / gamma

    assert slope(10.0) < slope(1e-6) / 2


@keras.saving.register_keras_serializable("tests")
class ScaledGAN(Scaled, GAN):
    """Lesson 4's GAN with lesson 9's switches."""


def switched(kind=ScaledGAN, optimizer=keras.optimizers.SGD, **switches):
    gan = small_gan(kind)
    gan.compile(optimizer(0.05), optimizer(0.05), **switches)
    return gan


@pytest.mark.parametrize("precision", PRECISIONS)
def test_layers_calculate_as_they_are_told_and_what_is_stored_or_compared_is_float32(
    precision, photos
):
    gan = switched(ScaledDiffAugmentGAN, precision=precision)
    for network in (gan.discriminator, gan.generator):
        assert {layer.dtype_policy.name for layer in network.layers[:-1]} == {
            precision
        } and network.layers[-1].dtype_policy.name == "float32"
        assert {variable.dtype for variable in network.variables} == {"float32"}
    assert (
        gan.generator(gan.draw_latents(2)).dtype
        == gan.judge(next(iter(photos))).dtype
        == tf.float32
    )
    assert {layer.dtype_policy.name for layer in gan.ema_generator.layers} == {
        "float32"
    }
    assert isinstance(gan.d_optimizer, keras.optimizers.LossScaleOptimizer) == (
        precision == "mixed_float16"
    )
    with full_precision(gan.discriminator):
        assert {layer.compute_dtype for layer in gan.discriminator.layers} == {
            "float32"
        }
    assert gan.discriminator.layers[0].dtype_policy.name == precision
    gan.compile("adam", "adam")
    assert {layer.dtype_policy.name for layer in gan.discriminator.layers} == {
        "float32"
    }


@pytest.mark.parametrize(
    ("precision", "near"), [("mixed_bfloat16", 0.03), ("mixed_float16", 0.003)]
)
def test_sixteen_bits_learn_nearly_what_thirty_two_do_and_report_the_loss_itself(
    precision, near, photos
):
    exact, rough = switched(), switched(precision=precision)
    start, batch = exact.get_weights(), next(iter(photos))
    for _ in range(3):
        wanted, found = exact.train_step(batch), rough.train_step(batch)
    assert all(
        float(found[name]) == pytest.approx(float(wanted[name]), rel=near)
        for name in wanted
    )
    way, other = (
        np.concatenate(
            [(weights - was).ravel() for weights, was in zip(gan.get_weights(), start)]
        )
        for gan in (exact, rough)
    )
    assert np.linalg.norm(way - other) < 5 * near * np.linalg.norm(way), (
        "the scaled loss was not taken back"
    )


def test_the_penalty_is_calculated_in_float32(photos):
    batch = next(iter(photos))
    half = switched(ScaledR1GAN, precision="mixed_bfloat16")
    whole = switched(ScaledR1GAN)
    assert float(half.penalty(batch)) == float(whole.penalty(batch)) > 0


def test_a_gan_in_half_precision_is_saved_and_goes_on(photos, tmp_path):
    gan = switched(ScaledR1GAN, keras.optimizers.Adam, precision="mixed_float16")
    gan.fit(photos, verbose=0)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert again.precision == "mixed_float16" and isinstance(
        again.d_optimizer.inner_optimizer, keras.optimizers.Adam
    )
    assert all(
        np.array_equal(a, b)
        for a, b in zip(optimizer_state(gan), optimizer_state(again), strict=True)
    )
    batch = next(iter(photos))
    gan.reset_metrics()
    assert gan.train_step(batch) == again.train_step(batch)


XLA = """
import keras, numpy as np, tensorflow as tf

tf.config.experimental.enable_op_determinism = lambda: None  # XLA has none
from small import small_gan
from gan_lessons.data import load_faces
from gan_lessons.gan import R1GAN, DiffAugmentGAN

photos = load_faces("orl", 16).dataset(32)
latents = keras.random.normal((32, 8), seed=5)

def learn(kind, steps, **switches):
    gan = small_gan(kind)
    gan.compile(keras.optimizers.SGD(0.05), keras.optimizers.SGD(0.05), **switches)
    assert gan.jit_compile == switches["jit_compile"]
    gan.draw_latents = lambda n: latents
    photos.epoch.assign(0)
    history = gan.fit(photos, steps_per_epoch=steps, verbose=0).history
    assert np.isfinite(history["d_loss"][0])
    return gan.get_weights()

plain = learn(R1GAN, 6, jit_compile=False)
compiled = learn(R1GAN, 6, jit_compile=True, steps_per_execution=2)
assert max(np.abs(a - b).max() for a, b in zip(plain, compiled)) < 1e-4
learn(DiffAugmentGAN, 2, jit_compile=True)
"""


def test_xla_compiles_the_whole_step_and_learns_the_same():
    result = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", XLA],
        cwd=pathlib.Path(__file__).parent,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


def test_an_unknown_precision_is_named():
    with pytest.raises(
        ValueError,
        match="precision='half' is not one of float32, mixed_bfloat16, mixed_float16",
    ):
        switched(precision="half")
