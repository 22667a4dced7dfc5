"""A run that is stopped goes on; its records fit; NaN is caught and named."""

import csv

import keras
import numpy as np
import pytest
from PIL import Image
from small import small_gan

from gan_lessons.callbacks import Checkpoint, History, StopOnNaN, Timeline
from gan_lessons.data import load_faces
from gan_lessons.files import write_atomically
from gan_lessons.gan import GAN
from gan_lessons.models import build_discriminator, build_generator
from gan_lessons.recipe import default_gan


def run(kind, faces, folder, epochs):
    """`fit` as in a new process: only the folder is the same."""
    gan = small_gan(kind)
    callbacks = [
        Checkpoint(folder),
        History(folder),
        Timeline(folder, n=3, every=2),
        StopOnNaN(),
    ]
    gan.fit(faces.dataset(32), epochs=epochs, verbose=0, callbacks=callbacks)
    return gan, callbacks


def states(folder):
    return sorted(folder.glob("epoch-*.weights.h5"))


def everything(gan):
    return [
        variable.numpy().tobytes()
        for part in (gan, gan.d_optimizer, gan.g_optimizer)
        for variable in part.variables
        if "seed_generator" not in variable.path
    ] + [gan.latent_seeds.state.numpy().tobytes()]


def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(
    kind, faces, tmp_path, capsys
):
    whole, _ = run(kind, faces, tmp_path / "whole", 5)
    run(kind, faces, tmp_path / "parts", 2)
    assert "continuing" not in capsys.readouterr().out
    parts, callbacks = run(kind, faces, tmp_path / "parts", 5)
    assert capsys.readouterr().out == "continuing at epoch 3\n"
    assert everything(parts) == everything(whole)
    assert (tmp_path / "parts/history.csv").read_bytes() == (
        tmp_path / "whole/history.csv"
    ).read_bytes()
    with (
        np.load(tmp_path / "parts/timeline.npz") as a,
        np.load(tmp_path / "whole/timeline.npz") as b,
    ):
        assert a["epochs"].tolist() == [0, 2, 4] and all(
            np.array_equal(a[name], b[name]) for name in b
        )
    assert callbacks[1].rows["epoch"] == [1, 2, 3, 4, 5]


def test_a_run_killed_between_two_checkpoints_repeats_what_was_lost(faces, tmp_path):
    whole, _ = run_every_third(faces, tmp_path / "whole", 6)
    with pytest.raises(KeyboardInterrupt):
        run_every_third(faces, tmp_path / "killed", 6, stop_after=5)
    assert len((tmp_path / "killed/history.csv").read_text().splitlines()) == 1 + 5
    again, _ = run_every_third(faces, tmp_path / "killed", 6)
    assert everything(again) == everything(whole)
    assert (tmp_path / "killed/history.csv").read_bytes() == (
        tmp_path / "whole/history.csv"
    ).read_bytes()
    with (
        np.load(tmp_path / "killed/timeline.npz") as a,
        np.load(tmp_path / "whole/timeline.npz") as b,
    ):
        assert np.array_equal(a["epochs"], b["epochs"]) and np.array_equal(
            a["frames"], b["frames"]
        )


def run_every_third(faces, folder, epochs, stop_after=None):
    def stop(epoch, logs):
        if epoch + 1 == stop_after:
            raise KeyboardInterrupt

    gan = small_gan()
    callbacks = [
        Checkpoint(folder, every=3),
        History(folder),
        Timeline(folder, n=2),
        keras.callbacks.LambdaCallback(on_epoch_end=stop),
    ]
    gan.fit(faces.dataset(32), epochs=epochs, verbose=0, callbacks=callbacks)
    return gan, callbacks


def test_a_complete_run_is_not_trained_again(faces, tmp_path):
    run(type(small_gan()), faces, tmp_path, 3)
    before = (tmp_path / "history.csv").read_bytes()
    gan, callbacks = run(type(gan_of := small_gan()), faces, tmp_path, 3)
    assert (tmp_path / "history.csv").read_bytes() == before
    assert callbacks[2].epochs == [0, 2] and callbacks[1].rows["epoch"] == [1, 2, 3]
    assert not np.array_equal(gan.generate(1), gan_of.generate(1)), (
        "the trained weights were not loaded"
    )


def test_fit_without_checkpoint_afterwards_starts_at_the_beginning(
    faces, photos, tmp_path
):
    gan, _ = run(type(small_gan()), faces, tmp_path, 2)
    assert len(gan.fit(photos, epochs=1, verbose=0).epoch) == 1


def test_the_two_newest_states_are_kept_and_none_is_half_written(faces, tmp_path):
    run(type(small_gan()), faces, tmp_path, 4)
    assert [path.name[:13] for path in states(tmp_path)] == [
        "epoch-000003-",
        "epoch-000004-",
    ]
    assert not list(tmp_path.glob("new-*"))


def test_a_run_that_dies_while_it_writes_goes_on_from_the_state_before(
    faces, tmp_path, capsys
):
    gan = small_gan()

    def die(path):
        path.write_bytes(b"half a file")
        raise KeyboardInterrupt

    dying = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: (
            setattr(gan, "save_weights", die) if epoch == 2 else None
        )
    )
    with pytest.raises(KeyboardInterrupt):
        gan.fit(
            faces.dataset(32),
            epochs=3,
            verbose=0,
            callbacks=[Checkpoint(tmp_path), dying],
        )
    run(type(gan), faces, tmp_path, 3)
    assert capsys.readouterr().out == "continuing at epoch 3\n"


def cut(data):
    return data[:5000]


def flip_a_bit(data):
    return (
        data[: len(data) // 2]
        + bytes([data[len(data) // 2] ^ 1])
        + data[len(data) // 2 + 1 :]
    )


def test_a_run_killed_right_after_an_epoch_has_every_record_of_it_in_the_end(
    faces, tmp_path
):
    """The state is saved only when every callback has noted the epoch."""
    whole, _ = run(type(small_gan()), faces, tmp_path / "whole", 3)

    class Killed(BaseException):
        """As sudden as a signal."""

    for k in range(3):
        folder, gan = tmp_path / str(k), small_gan()
        kill = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: (
                (_ for _ in ()).throw(Killed) if epoch == 1 else None
            )
        )
        callbacks = [
            Checkpoint(folder),
            History(folder),
            Timeline(folder, n=3, every=2),
        ]
        with pytest.raises(Killed):
            gan.fit(
                faces.dataset(32),
                epochs=3,
                verbose=0,
                callbacks=callbacks[: k + 1] + [kill] + callbacks[k + 1 :],
            )
        again, _ = run(type(gan), faces, folder, 3)
        assert everything(again) == everything(whole)
        assert (folder / "history.csv").read_bytes() == (
            tmp_path / "whole/history.csv"
        ).read_bytes()
        with (
            np.load(folder / "timeline.npz") as a,
            np.load(tmp_path / "whole/timeline.npz") as b,
        ):
            assert a["epochs"].tolist() == b["epochs"].tolist()


@pytest.mark.parametrize("damage", [cut, flip_a_bit])
def test_a_damaged_state_is_left_out_and_the_one_before_it_taken(
    damage, faces, tmp_path, capsys
):
    whole, _ = run(type(small_gan()), faces, tmp_path, 3)
    newest = states(tmp_path)[-1]
    newest.write_bytes(damage(newest.read_bytes()))
    again, _ = run(type(small_gan()), faces, tmp_path, 3)
    assert (
        capsys.readouterr().out
        == f"{newest.name} is damaged and left out\ncontinuing at epoch 3\n"
    )
    assert (
        everything(again) == everything(whole)
        and len(states(tmp_path)) == 2
        and newest not in states(tmp_path)[:1]
    )


def test_a_full_disk_leaves_the_states_before_it_and_nothing_half_written(
    faces, tmp_path
):
    run(type(small_gan()), faces, tmp_path, 2)
    before, gan = states(tmp_path), small_gan()

    def fill_the_disk(path):
        path.write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    gan.save_weights = fill_the_disk
    with pytest.raises(OSError, match="No space left"):
        gan.fit(
            faces.dataset(32), epochs=3, verbose=0, callbacks=[Checkpoint(tmp_path)]
        )
    assert states(tmp_path) == before and not list(tmp_path.glob("new-*"))


def test_another_architecture_is_refused_and_nothing_is_lost(faces, tmp_path):
    run(type(small_gan()), faces, tmp_path, 1)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    wider = type(small_gan())(
        build_discriminator(16, width=8), build_generator(16, width=8, latent_dim=8)
    )
    wider.compile("adam", "adam")
    with pytest.raises(ValueError, match="holds another architecture") as error:
        wider.fit(
            faces.dataset(32),
            epochs=2,
            verbose=0,
            callbacks=[Checkpoint(tmp_path), History(tmp_path)],
        )
    assert "\n" not in str(error.value)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_history_has_a_header_and_a_line_as_soon_as_an_epoch_ends(faces, tmp_path):
    lines = []
    gan = small_gan()
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: lines.append(
            (tmp_path / "history.csv").read_text().splitlines()
        )
    )
    tmp_path.mkdir(exist_ok=True)
    history = gan.fit(
        faces.dataset(32), epochs=2, verbose=0, callbacks=[History(tmp_path), watch]
    ).history
    assert [len(seen) for seen in lines] == [2, 3]
    rows = list(csv.DictReader(lines[-1]))
    assert set(rows[0]) == {"epoch", "d_loss", "g_loss", "d_real", "d_fake"}
    assert [float(row["g_loss"]) for row in rows] == pytest.approx(history["g_loss"])


def test_the_timeline_paints_the_same_latents_with_the_averaged_generator(
    faces, tmp_path
):
    gan, (_, _, timeline, _) = run(type(small_gan()), faces, tmp_path, 4)
    assert timeline.epochs == [0, 2, 4] and np.stack(timeline.frames).shape == (
        3,
        3,
        16,
        16,
        1,
    )
    assert np.array_equal(timeline.frames[-1], gan.generate(3, seed=0))
    assert not np.array_equal(timeline.frames[0], timeline.frames[-1])
    assert (
        np.stack(timeline.verdicts).shape == (3, 3)
        and (
            (np.stack(timeline.verdicts) >= 0) & (np.stack(timeline.verdicts) <= 1)
        ).all()
    )
    with Image.open(tmp_path / "timeline.gif") as gif:
        assert gif.n_frames == 3 and gif.size == (48, 16)


@pytest.mark.parametrize("network", ["discriminator", "generator"])
def test_nan_stops_the_run_and_names_the_network_that_broke_first(
    network, photos, capsys
):
    gan = small_gan()

    def break_it(batch, logs):
        if batch == 3:
            weights = getattr(gan, network).get_weights()
            weights[0][...] = np.nan
            getattr(gan, network).set_weights(weights)

    breaker = keras.callbacks.LambdaCallback(on_train_batch_end=break_it)
    history = gan.fit(photos, epochs=3, verbose=0, callbacks=[breaker, StopOnNaN()])
    assert len(history.epoch) == 1
    out = capsys.readouterr().out
    assert f"the {network} broke first" in out and out.count("\n") == 1


def test_nan_in_a_photo_is_blamed_on_the_photos(photos, capsys):
    small_gan().fit(
        photos.map(lambda batch: batch * float("nan")),
        verbose=0,
        callbacks=[StopOnNaN()],
    )
    assert "there is NaN among the photos" in capsys.readouterr().out


def test_of_several_steps_at_once_nobody_is_blamed(photos, capsys):
    gan = small_gan()
    gan.steps_per_execution = 2
    gan.fit(
        photos.map(lambda batch: batch * float("nan")),
        verbose=0,
        callbacks=[StopOnNaN()],
    )
    assert (
        "NaN in d_fake, d_loss, d_real, g_loss, within the last 2 steps"
        in capsys.readouterr().out
    )


def test_a_learning_rate_that_breaks_the_discriminator_is_blamed_on_it(photos, capsys):
    gan = small_gan(optimizer=lambda: keras.optimizers.SGD(1e30))
    gan.g_optimizer.learning_rate = 0.0
    gan.fit(photos, verbose=0, callbacks=[StopOnNaN()])
    assert "the discriminator broke first" in capsys.readouterr().out


def test_a_run_goes_on_with_the_learning_rate_that_compile_was_given_now(
    faces, tmp_path
):
    run(GAN, faces, tmp_path, 1)
    gan = small_gan(optimizer=lambda: keras.optimizers.Adam(1e-4, beta_1=0.5))
    gan.fit(faces.dataset(32), epochs=2, verbose=0, callbacks=[Checkpoint(tmp_path)])
    assert (
        float(gan.d_optimizer.learning_rate)
        == float(gan.g_optimizer.learning_rate)
        == pytest.approx(1e-4)
    )
    assert int(gan.d_optimizer.iterations) == 2 * len(faces.dataset(32))


def test_a_run_in_float16_goes_on_with_the_rate_that_it_is_given_now(tmp_path):
    photos = load_faces("orl", 16)[:64].dataset(32)
    for epochs, rate in ((1, 1e-3), (2, 1e-4)):
        gan = default_gan(
            400,
            16,
            1,
            width=4,
            latent_dim=8,
            precision="mixed_float16",
            learning_rate=rate,
        )
        gan.fit(photos, epochs=epochs, verbose=0, callbacks=[Checkpoint(tmp_path)])
    assert float(gan.d_optimizer.inner_optimizer.learning_rate) == pytest.approx(1e-4)
    assert int(gan.d_optimizer.iterations) == 2 * len(photos)


def test_history_alone_makes_its_folder(faces, tmp_path):
    history = History(tmp_path / "runs/faces")
    small_gan().fit(faces.dataset(32), verbose=0, callbacks=[history])
    assert history.rows["epoch"] == [1]


def test_what_cannot_be_written_to_its_end_leaves_the_file_that_was_there(tmp_path):
    def half(path):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    (tmp_path / "file").write_text("whole")
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "file", half)
    assert [path.name for path in tmp_path.iterdir()] == ["file"] and (
        tmp_path / "file"
    ).read_text() == "whole"


def test_the_first_epoch_has_frames_of_its_own_where_it_is_long(faces, tmp_path):
    gan, timeline = small_gan(), Timeline(tmp_path, n=2, every=2)
    photos = faces.dataset(4)
    gan.fit(photos, epochs=2, verbose=0, callbacks=[timeline])
    rounds = [rounds for rounds in (32, 64, 128, 256) if rounds < len(photos)]
    assert rounds and timeline.epochs == [
        0,
        *(round(k / len(photos), 2) for k in rounds),
        2,
    ]


def test_a_long_run_gives_up_every_second_frame_and_paints_half_as_many(
    faces, tmp_path, monkeypatch
):
    monkeypatch.setattr(Timeline, "most", 4)
    found = {}
    for name, stops in {"whole": [12], "parts": [5, 6, 12]}.items():
        for stop in stops:
            gan, timeline = small_gan(), Timeline(tmp_path / name, n=2)
            gan.fit(
                faces.dataset(128),
                epochs=stop,
                verbose=0,
                callbacks=[Checkpoint(tmp_path / name), timeline],
            )
            found[name, stop] = timeline
    assert found["parts", 5].epochs == [0, 1, 2, 3, 4] and found["parts", 6].epochs == [
        0,
        2,
        4,
        6,
    ]
    assert found["whole", 12].epochs == found["parts", 12].epochs == [0, 4, 8, 12]
    assert np.array_equal(found["whole", 12].frames, found["parts", 12].frames)
