"""From a photo to a code: the cut, the search, and the figures that show them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import tensorflow as tf

from gan_lessons.classroom import plots
from gan_lessons.encoder import invert, pixel_error
from gan_lessons.models import build_generator, sample_latents
from gan_lessons.pictures import cut_face


def marked(x, y, size=100):
    """A grey photo with a bright block of 9 × 9 around one point."""
    photo = np.full((size, size), 60, "uint8")
    photo[y - 4 : y + 5, x - 4 : x + 5] = 250
    return photo


@pytest.mark.parametrize(("x", "y", "side"), [(50, 40, 64), (30, 30, 50), (60, 50, 80)])
def test_the_eyes_come_to_the_middle_at_29_per_cent_of_the_height(x, y, side):
    cut = cut_face(marked(x, y), x, y, side)
    assert cut.shape == (64, 64, 3) and cut.dtype == np.uint8
    rows, columns = np.nonzero(cut[..., 0] > 150)
    assert abs(columns.mean() - 31.5) < 1.5 and abs(rows.mean() - 0.29 * 64) < 1.5


def test_a_cut_takes_grey_and_colour_and_fills_what_lies_outside_with_black():
    grey = marked(10, 50)
    colour = np.stack([grey] * 3, axis=-1)
    cuts = [cut_face(each, 10, 50, 60) for each in (grey, grey[..., None], colour)]
    assert np.array_equal(cuts[0], cuts[1]) and np.array_equal(cuts[0], cuts[2])
    assert not cuts[0][:, 0].any() and cuts[0][30, 40].any()


@pytest.mark.parametrize(
    "where", [(-1, 5, 9), (200, 5, 9), (5, 100, 9), (5, 5, 0), (5, 5, -3)]
)
def test_a_point_outside_the_photo_is_one_line(where):
    with pytest.raises(ValueError, match="give a point inside it") as error:
        cut_face(marked(50, 50), *where)
    assert "\n" not in str(error.value)


def test_a_search_follows_the_error_that_it_is_given():
    generator = build_generator(16, 1, width=4, latent_dim=4)
    photos = generator(sample_latents(3, 4, seed=1)).numpy()
    starts = sample_latents(3, 4, seed=2)

    def of_the_left_half(images, photos):
        return pixel_error(images[:, :, :8], photos[:, :, :8])

    path, errors = invert(generator, photos, starts, 30, error=of_the_left_half)
    assert path.shape == (31, 3, 4) and errors.shape == (30, 3)
    first = generator(path[0]).numpy()
    assert np.allclose(errors[0], of_the_left_half(first, photos), atol=1e-5)
    assert (errors[-1] < errors[0]).all()
    whole = invert(generator, photos, starts, 30)[0]
    assert not np.allclose(whole[-1], path[-1], atol=1e-3)


def test_the_pixel_error_is_one_number_for_each_picture():
    a, b = tf.zeros((3, 4, 4, 1)), np.zeros((3, 4, 4, 1), "float32")
    b[1], b[2, 0, 0, 0] = 2, 4
    assert np.allclose(pixel_error(a, b), [0, 4, 1])


def test_the_figures_of_a_cut_and_of_what_learns(monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.gcf()))
    for photo in (marked(50, 40), np.stack([marked(50, 40)] * 3, axis=-1)):
        plots.show_cut(photo, 50, 40, 60, title="A photo and its cut")
    plots.who_learns({"a way": ["*this*", "[that]", "data"]}, title="What learns")
    titles = [figure.get_suptitle() for figure in shown]
    assert titles == ["A photo and its cut"] * 2 + ["What learns"]
    words = [text.get_text() for axis in shown[-1].axes for text in axis.texts]
    assert {"a way", "this", "that", "data"} <= set(words)
    plt.close("all")
