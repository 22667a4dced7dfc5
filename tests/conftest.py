"""What all tests share. TensorFlow is imported by those who run tests only.

The process that hands the tests out to others would wait for it in vain.
"""

import functools

import pytest


def pytest_pycollect_makemodule():
    """Before the first module of tests is read."""
    prepare_tensorflow()


@functools.cache
def prepare_tensorflow():
    import gan_lessons  # noqa: F401  first: it quiets TensorFlow

    # isort: split
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


@pytest.fixture(params=["GAN", "DiffAugmentGAN"])
def kind(request):
    from gan_lessons import gan

    return getattr(gan, request.param)


@pytest.fixture(scope="session")
def faces():
    from gan_lessons.data import load_faces

    return load_faces("orl", 16)


@pytest.fixture
def photos(faces):
    return faces.dataset(32)
