"""`gan-lessons doctor` says what is here, and why no GPU is seen."""

import re

import pytest
import tensorflow as tf

from gan_lessons import doctor
from gan_lessons.cli import main


@pytest.fixture
def card(monkeypatch, tmp_path):
    """A stand-in for nvidia-smi: what its driver tells of the cards."""

    def answer(text, code=0):
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\necho '{text}'\nexit {code}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(doctor.platform, "system", lambda: "Linux")
    return answer


def one_line(text, *parts):
    assert "\n" not in text
    for part in parts:
        assert part in text, text


def test_doctor_says_what_is_here(capsys, monkeypatch, card):
    card("No devices were found", code=6)
    monkeypatch.setattr(doctor, "gpu_names", lambda: [])
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"tensorflow +2\.", out) and "400 of ORL" in out
    assert re.search(r"speed +\d+ images/s", out)
    assert re.search(r"(?m)^why no GPU +no NVIDIA driver answers", out)


def test_a_package_under_another_name_does_not_stop_the_doctor(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("tf-absent", "keras"))
    monkeypatch.setattr(doctor, "images_per_second", lambda faces: 100.0)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"tf-absent +not installed under", out)
    assert re.search(r"keras +3\.", out)


def test_a_driver_that_is_not_there_or_says_nothing(card, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    one_line(doctor.why_no_gpu(), "no NVIDIA driver answers", "install", "Colab")
    card("NVIDIA-SMI has failed because it could not communicate", code=9)
    one_line(doctor.why_no_gpu(), "no NVIDIA driver answers")


def test_a_tensorflow_without_cuda(card, monkeypatch):
    card("NVIDIA T4, 7.5")
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: False)
    one_line(doctor.why_no_gpu(), "NVIDIA T4", "without CUDA", doctor.WITH_CUDA)


def test_libraries_that_cannot_be_opened_are_named(card, monkeypatch):
    card("NVIDIA T4, 7.5")
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: True)
    log = (
        "Could not load dynamic library 'libcudnn.so.9'; dlerror: libcudnn.so.9: no\n"
        "Could not load dynamic library 'libcublas.so.12'; dlerror: no such file\n"
        "Cannot dlopen some GPU libraries. Please make sure that the missing ones\n"
    )
    monkeypatch.setattr(doctor, "tensorflow_log", lambda: log)
    found = doctor.why_no_gpu()
    one_line(found, "cannot open libcublas.so.12, libcudnn.so.9: pip install")
    monkeypatch.setattr(doctor, "tensorflow_log", lambda: log.splitlines()[-1])
    one_line(doctor.why_no_gpu(), "cannot open some of its CUDA libraries")


def test_whatever_else_tensorflow_says_is_passed_on(card, monkeypatch):
    card("NVIDIA T4, 7.5")
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: True)
    log = "oneDNN is on\nfailed call to cuInit: CUDA_ERROR_NO_DEVICE\nsomething else\n"
    monkeypatch.setattr(doctor, "tensorflow_log", lambda: log)
    one_line(doctor.why_no_gpu(), "TensorFlow says: failed call to cuInit")


def test_the_log_is_asked_for_in_a_child_process():
    assert "tensorflow" in doctor.tensorflow_log().lower()


@pytest.mark.parametrize(
    ("system", "wanted"), [("Windows", "WSL 2"), ("Darwin", "of a Mac")]
)
def test_other_systems(system, wanted, card, monkeypatch):
    monkeypatch.setattr(doctor.platform, "system", lambda: system)
    one_line(doctor.why_no_gpu(), wanted)


@pytest.mark.parametrize("value", ["", "-1"])
def test_a_hidden_gpu(value, card, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    one_line(doctor.why_no_gpu(), "CUDA_VISIBLE_DEVICES", "unset")


def test_a_card_newer_than_the_kernels_is_warned_of(card, monkeypatch, capsys):
    info = {"cuda_compute_capabilities": ["sm_60", "sm_89", "compute_90"]}
    monkeypatch.setattr(tf.sysconfig, "get_build_info", lambda: info)
    card("NVIDIA H100, 9.0")
    assert doctor.too_new_a_gpu() is None
    card("NVIDIA GeForce RTX 5090, 12.0")
    one_line(doctor.too_new_a_gpu(), "RTX 5090", "12.0", "up to 9.0", "half an hour")
    monkeypatch.setattr(doctor, "gpu_names", lambda: ["NVIDIA GeForce RTX 5090"])
    monkeypatch.setattr(doctor, "images_per_second", lambda faces: 100.0)
    doctor.examine()
    assert re.search(r"(?m)^warning +NVIDIA GeForce RTX 5090", capsys.readouterr().out)
