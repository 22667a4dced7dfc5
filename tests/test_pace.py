"""How much a cell does, where its runs are kept, and what pays off on a device."""

import pathlib
import types

import keras
import pytest
import tensorflow as tf
from small import small_gan

from gan_lessons import device
from gan_lessons.callbacks import Checkpoint
from gan_lessons.classroom import pace as paces
from gan_lessons.classroom.pace import chosen_pace, pace, run_folder


@pytest.fixture
def set_gpus(monkeypatch):
    """A function that makes TensorFlow see these GPUs."""

    def set_gpus(gpus):
        config = device.tf.config
        monkeypatch.setattr(config, "list_physical_devices", lambda kind: gpus)

    return set_gpus


@pytest.mark.parametrize("name", paces.PACES)
def test_the_environment_chooses_the_pace(name, monkeypatch):
    monkeypatch.setenv("GAN_LESSONS_PACE", name)
    assert chosen_pace() == name
    assert pace(test="test", cpu="cpu", gpu="gpu") == name


@pytest.mark.parametrize(("gpus", "name"), [([], "cpu"), (["GPU:0"], "gpu")])
def test_otherwise_the_device_chooses_the_pace(gpus, name, set_gpus, monkeypatch):
    monkeypatch.delenv("GAN_LESSONS_PACE", raising=False)
    set_gpus(gpus)
    assert chosen_pace() == name


def test_an_unknown_pace_is_one_line(monkeypatch):
    monkeypatch.setenv("GAN_LESSONS_PACE", "fast")
    line = "^GAN_LESSONS_PACE='fast' is not one of test, cpu, gpu$"
    with pytest.raises(ValueError, match=line):
        chosen_pace()


@pytest.mark.parametrize(
    ("flags", "gpus", "expected"),
    [
        ("flags : fma avx512_bf16 aes", [], "mixed_bfloat16"),
        ("flags\t: amx_bf16\n", [], "mixed_bfloat16"),
        ("flags : avx512f", [], "float32"),
        ("flags : avx512_bf16", ["GPU:0"], "float32"),
        (None, [], "float32"),
    ],
)
def test_sixteen_bits_are_for_processors_that_calculate_with_them(
    flags, gpus, expected, set_gpus, monkeypatch, tmp_path
):
    if flags is not None:
        (tmp_path / "cpuinfo").write_text(flags)
    set_gpus(gpus)
    fake = types.SimpleNamespace(Path=lambda path: tmp_path / "cpuinfo")
    monkeypatch.setattr(device, "pathlib", fake)
    assert device.best_precision() == expected


@pytest.mark.parametrize(("gpus", "expected"), [([], 1), (["GPU:0"], 16)])
def test_a_gpu_takes_several_steps_before_it_is_asked_for_losses(
    gpus, expected, set_gpus
):
    set_gpus(gpus)
    assert device.best_steps_per_execution() == expected


def test_runs_are_kept_beside_the_notebook_or_in_a_given_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_LESSONS_PACE", "test")
    monkeypatch.delenv("GAN_LESSONS_RUNS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert run_folder("faces") == pathlib.Path("runs/test/faces")
    assert (tmp_path / "runs/test/faces").is_dir()
    monkeypatch.setenv("GAN_LESSONS_RUNS", str(tmp_path / "elsewhere"))
    assert run_folder("faces") == tmp_path / "elsewhere/test/faces"


def test_in_colab_a_run_goes_on_from_the_mounted_drive(
    monkeypatch, tmp_path, photos, capsys
):
    monkeypatch.setenv("GAN_LESSONS_PACE", "test")
    monkeypatch.delenv("GAN_LESSONS_RUNS", raising=False)
    drive = tmp_path / "MyDrive"
    drive.mkdir()
    monkeypatch.setattr(paces, "DRIVE", drive)
    for session in (1, 2):  # each on a machine of its own, with an empty disk
        machine = tmp_path / f"machine {session}"
        machine.mkdir()
        monkeypatch.chdir(machine)
        keras.utils.set_random_seed(session)
        checkpoint = Checkpoint(run_folder("faces"))
        gan = small_gan()
        gan.run_eagerly = True  # quicker than to trace one step
        gan.fit(photos.take(1), epochs=session, verbose=0, callbacks=[checkpoint])
        assert list(machine.iterdir()) == []
    assert capsys.readouterr().out == "continuing at epoch 2\n"
    states = sorted((drive / "gan-lessons/runs/test/faces").iterdir())
    assert [path.name[:12] for path in states] == ["epoch-000001", "epoch-000002"]


def test_a_lesson_multiplies_as_exactly_on_a_gpu_as_on_a_cpu():
    tf32 = tf.config.experimental
    tf32.enable_tensor_float_32_execution(True)
    paces.begin()
    assert not tf32.tensor_float_32_execution_enabled()
