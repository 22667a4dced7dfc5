"""How much a cell does, and where its runs are kept."""

import pathlib

import keras
import pytest
from conftest import small_gan

from gan_lessons.callbacks import Checkpoint
from gan_lessons.classroom import pace as paces
from gan_lessons.classroom.pace import chosen_pace, pace, run_folder


def test_the_pace_is_what_the_environment_says_or_what_the_device_allows(monkeypatch):
    for name in paces.PACES:
        monkeypatch.setenv("GAN_LESSONS_PACE", name)
        assert chosen_pace() == name and pace(test="test", cpu="cpu", gpu="gpu") == name
    monkeypatch.delenv("GAN_LESSONS_PACE")
    for gpus, name in (([], "cpu"), (["GPU:0"], "gpu")):
        monkeypatch.setattr(paces.tf.config, "list_physical_devices", lambda kind: gpus)
        assert chosen_pace() == name
    monkeypatch.setenv("GAN_LESSONS_PACE", "fast")
    with pytest.raises(
        ValueError, match="GAN_LESSONS_PACE='fast' is not one of test, cpu, gpu"
    ):
        chosen_pace()


@pytest.mark.parametrize(
    ("flags", "gpus", "wanted"),
    [
        ("flags : fma avx512_bf16 aes", [], "mixed_bfloat16"),
        ("flags\t: amx_bf16\n", [], "mixed_bfloat16"),
        ("flags : avx512f", [], "float32"),
        ("flags : avx512_bf16", ["GPU:0"], "float32"),
        (None, [], "float32"),
    ],
)
def test_sixteen_bits_are_for_processors_that_calculate_with_them(
    flags, gpus, wanted, monkeypatch, tmp_path
):
    if flags is not None:
        (tmp_path / "cpuinfo").write_text(flags)
    monkeypatch.setattr(paces.tf.config, "list_physical_devices", lambda kind: gpus)
    monkeypatch.setattr(paces.pathlib, "Path", lambda path: tmp_path / "cpuinfo")
    assert paces.best_precision() == wanted


@pytest.mark.parametrize(("gpus", "wanted"), [([], 1), (["GPU:0"], 16)])
def test_a_gpu_takes_several_steps_before_it_is_asked_for_losses(
    gpus, wanted, monkeypatch
):
    monkeypatch.setattr(paces.tf.config, "list_physical_devices", lambda kind: gpus)
    assert paces.best_steps_per_execution() == wanted


def test_runs_are_kept_beside_the_notebook_or_where_they_are_told(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("GAN_LESSONS_PACE", "test")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GAN_LESSONS_RUNS", raising=False)
    assert (
        run_folder("faces") == pathlib.Path("runs/test/faces")
        and (tmp_path / "runs/test/faces").is_dir()
    )
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
        small_gan().fit(
            photos,
            epochs=session,
            verbose=0,
            callbacks=[Checkpoint(run_folder("faces"))],
        )
        assert list(machine.iterdir()) == []
    assert capsys.readouterr().out == "continuing at epoch 2\n"
    assert [
        path.name[:12]
        for path in sorted((drive / "gan-lessons/runs/test/faces").iterdir())
    ] == ["epoch-000001", "epoch-000002"]
