"""Checks of lesson 8: the best blur, PCA, a photo's code, an encoder."""

from collections.abc import Callable

import keras
import numpy as np

from gan_lessons.classroom.checks.hints import first_hint
from gan_lessons.models import build_generator

RIGHT = (0.25, 0.75, 1.5)  # 8.1: value, its error, the error of a sharp guess


def check_best_picture(answer) -> str | None:
    """8.1: the mean picture, and half the error of a sharp guess.

    Args:
        answer: three numbers.
    """
    given = []
    if _listed(answer):
        given = [float(np.asarray(each, float).flat[0]) for each in answer]
    if len(given) != 3 or not np.isfinite(given).all():
        return "Give three finite numbers, (a, b, c)."
    wrong = [not np.isclose(a, b, atol=0.005) for a, b in zip(given, RIGHT)]
    if not any(wrong):
        return None
    part = wrong.index(True)
    if part and np.allclose(given[1:], RIGHT[:0:-1], atol=0.005):
        return "Your (b) and (c) are swapped: the sharp guess has the larger error."
    mistakes, otherwise = _BEST_PICTURE[part]
    hint = first_hint(given[part], mistakes, otherwise, atol=0.005)
    return f"({'abc'[part]}) is not {given[part]:g}: {hint}"


def _listed(answer):
    """Whether these are numbers in order; the four pixels' (a) may come four times."""
    if isinstance(answer, (set, frozenset)):
        return False
    try:
        return all(len(np.unique(np.asarray(each, float))) == 1 for each in answer)
    except (TypeError, ValueError):
        return False


_BEST_PICTURE = (
    (
        [
            (0.5, "that would be best for two pixels; here there are four."),
            (25, "give a share as a value between 0 and 1."),
            (1, "a white pixel in all four places is wrong three times of four."),
            (0, "black in all four places misses the white pixel every time."),
        ],
        "the squared error prefers the mean. How often is each of the pixels white?",
    ),
    (
        [
            (0.1875, "that is the mean over the four pixels; the exercise sums them."),
            (
                0.5625,
                "that is the white pixel's part alone. The three others count, too: "
                "they are grey and should be black.",
            ),
            (3, "that sums over the four cases; average over them."),
            (1, "that is the error of an all-black picture."),
            (
                0.25,
                "square each of the four differences, and add them up: one of the "
                "pixels should be white, three should be black.",
            ),
        ],
        "in each case, one pixel should be 1 and three should be 0. Add up the four "
        "squared differences from your (a).",
    ),
    (
        [
            (
                0.75,
                "a wrong guess is wrong in *two* pixels: it paints white where it is "
                "black, and black where it is white.",
            ),
            (2, "that is the error of a wrong guess; one guess in four is right."),
            (0.375, "that is the mean over the four pixels; the exercise sums them."),
            (6, "that sums over the four cases; average over them."),
            (0.5, "that would hold if three of four guesses were right."),
        ],
        "a right guess has error 0, a wrong one twice 1. How often is each?",
    ),
)


def check_give_back(give_back: Callable) -> str | None:
    """8.2: the mean plus the projection onto the first components.

    Args:
        give_back: known photos (n, pixels), unseen ones (m, pixels) and k in, (m,
            pixels) out.
    """
    for n, pixels, m, k in ((40, 12, 7, 3), (15, 24, 4, 6), (30, 10, 1, 1)):
        rng = np.random.default_rng()
        mixing = rng.standard_normal((pixels, pixels)) * np.geomspace(3, 0.2, pixels)
        known = (rng.standard_normal((n, pixels)) @ mixing.T + 2).astype("float32")
        unseen = (rng.standard_normal((m, pixels)) @ mixing.T + 1).astype("float32")
        came = give_back(known.copy(), unseen.copy(), k)
        hint = _pca_hint(came, known.astype(float), unseen.astype(float), k)
        if hint:
            return (
                f"{n} known photos and {m} unseen of {pixels} pixels, k = {k}: {hint}"
            )
    return None


def _pca_hint(came, known, unseen, k):
    try:
        came = np.asarray(came, "float64")
    except (TypeError, ValueError):
        return "give one array of numbers."
    if came.shape != unseen.shape:
        if came.shape == (len(unseen), k):
            return (
                f"you gave the shape {came.shape}: these are the codes. Multiply them "
                "by the components to get pictures again."
            )
        if came.shape == known.shape:
            return "you gave back the known photos; the unseen ones are asked for."
        return f"you gave the shape {came.shape}, expected {unseen.shape}."
    mean, of_unseen = known.mean(axis=0), unseen.mean(axis=0)
    components, sizes = _components(known - mean)
    near = 1e-3 * np.abs(known).max()
    if np.allclose(came, _projected(unseen, mean, components[:k]), rtol=0, atol=near):
        return None
    uncentred = _components(known)[0]
    of_all = _components(unseen - of_unseen)[0]
    whitened = (unseen - mean) @ components[:k].T / sizes[:k] * np.sqrt(len(known))
    no_mean = _projected(unseen, mean, components[:k]) - mean
    mistakes = [
        (unseen, "you gave the unseen photos back unchanged: use only k components."),
        (np.broadcast_to(mean, unseen.shape), "that is the mean alone, without codes."),
        (no_mean, "the mean photo is missing: add it back at the end."),
        (
            _projected(unseen, 0, components[:k]),
            "subtract the mean of the known photos before you project, and add it back "
            "afterwards.",
        ),
        (
            _projected(unseen, 0, components[:k]) + mean,
            "you added the mean, but did not subtract it before the projection.",
        ),
        (
            _projected(unseen, 0, uncentred[:k]),
            "subtract the mean of the known photos first; the components describe how "
            "photos *differ* from it.",
        ),
        (
            _projected(unseen, mean, uncentred[:k]),
            "the components come from photos without their mean subtracted.",
        ),
        (
            _projected(unseen, of_unseen, components[:k]),
            "you used the mean of the unseen photos; it must be that of the known.",
        ),
        (
            _projected(unseen, of_unseen, of_all[:k]),
            "mean and components come from the unseen photos; learn them from the "
            "known ones.",
        ),
        (
            _projected(unseen, mean, of_all[:k]),
            "the components come from the unseen photos; learn them from the known.",
        ),
        (
            _projected(unseen, mean, components[-k:]),
            "you took the k smallest components; the largest come first in NumPy's svd "
            "and last in its eigh.",
        ),
        (
            _projected(unseen, mean, components[: k + 1]),
            "that is one component too many.",
        ),
        (
            _projected(unseen, mean, components[: k - 1]),
            "that is one component too few.",
        ),
        (
            whitened @ components[:k] + mean,
            "the codes are divided by their spread; a projection leaves them as long "
            "as they are.",
        ),
    ]
    off = np.abs(came - _projected(unseen, mean, components[:k])).mean()
    otherwise = (
        f"the pictures are off by {off:.2f} a pixel. Subtract the mean of the known "
        "photos, project onto their first k components, add the mean again."
    )
    return first_hint(came, mistakes, otherwise, atol=near)


def _components(table):
    """Principal components, a row each, and their singular values, largest first."""
    _, sizes, rows = np.linalg.svd(table, full_matrices=False)
    return rows, sizes


def _projected(photos, mean, components):
    return (photos - mean) @ components.T @ components + mean


def check_find_code(find_code: Callable) -> str | None:
    """8.3: for each of two generators a code that beats a hundred random ones.

    Args:
        find_code: a generator and a photo (16, 16, channels) in, a code out.
    """
    for channels, latent_dim in ((3, 8), (1, 6)):
        generator = build_generator(16, channels, width=8, latent_dim=latent_dim)
        shape = (101, latent_dim)
        codes = np.random.default_rng().standard_normal(shape, "float32")
        photo, *guesses = generator(codes).numpy()
        best = min(((guess - photo) ** 2).mean() for guess in guesses)
        watched = _Watched(generator)
        came = find_code(generator, photo.copy())
        hint = watched.hint("code") or _code_hint(came, generator, photo, best)
        if hint:
            return (
                f"A generator of pictures (16, 16, {channels}) from {latent_dim} "
                f"numbers, and a photo it can paint: {hint}"
            )
    return None


class _Watched:
    """Whether a learner's function leaves a generator as it was."""

    def __init__(self, generator):
        self.generator = generator
        self.weights = generator.get_weights()
        self.trainable = self._flags()

    def _flags(self):
        return [layer.trainable for layer in [self.generator, *self.generator.layers]]

    def hint(self, learns):
        pairs = zip(self.weights, self.generator.get_weights())
        if not all(np.array_equal(old, new) for old, new in pairs):
            return (
                f"the generator's weights moved. Only the {learns} may learn: give the "
                f"optimizer the {learns}'s variables alone."
            )
        if self._flags() != self.trainable:
            return (
                "the generator came back with `trainable` switched off. The next user "
                "cannot train it: set it back, or leave it alone and choose what the "
                "optimizer gets."
            )
        return None


def _code_hint(came, generator, photo, best):
    try:
        came = np.asarray(came, "float32")
    except (TypeError, ValueError):
        return "give one array of numbers, the code."
    latent_dim = generator.input_shape[-1]
    if came.shape == photo.shape:
        return f"you gave a picture; give the code that paints it, ({latent_dim},)."
    if came.shape == (1, latent_dim):
        return (
            f"you gave the shape {came.shape}, expected ({latent_dim},): one code, not "
            "a batch of one, so take [0]."
        )
    if came.shape != (latent_dim,):
        return (
            f"you gave the shape {came.shape}, expected ({latent_dim},), the length of "
            "the generator's codes (generator.input_shape[-1])."
        )
    if not np.isfinite(came).all():
        return "there is NaN or infinity in the code: is the learning rate too large?"
    error = ((generator(came[None]).numpy()[0] - photo) ** 2).mean()
    if error < best / 5:
        return None
    hint = "follow the gradient of the pixel error for longer, or from more starts."
    if np.linalg.norm(came) < 1e-3:
        hint = "the code is still 0: did the optimizer's step reach it?"
    elif error > best:
        hint = (
            "a random code can do as well: is the loss the error between "
            "generator(code) and the photo, and does the code follow its gradient?"
        )
    return (
        f"squared error {error:.6f}; the best of a hundred random codes has "
        f"{best:.6f}, and you need less than a fifth of that: {hint}"
    )


def check_train_encoder(train_encoder: Callable) -> str | None:
    """8.4: for each of two generators an encoder that beats the mean face.

    Args:
        train_encoder: a generator in, a network from its pictures to codes out.
    """
    for channels, latent_dim in ((3, 8), (1, 6)):
        generator = build_generator(16, channels, width=8, latent_dim=latent_dim)
        watched = _Watched(generator)
        encoder = train_encoder(generator)
        hint = watched.hint("encoder") or _encoder_hint(encoder, generator)
        if hint:
            return (
                f"A generator of pictures (16, 16, {channels}) from {latent_dim} "
                f"numbers: {hint}"
            )
    return None


def _encoder_hint(encoder, generator):
    if not callable(encoder):
        return "you gave no network: return the trained Keras model itself."
    latent_dim = generator.input_shape[-1]
    shape = (300, latent_dim)
    codes = np.random.default_rng().standard_normal(shape, "float32")
    pictures = generator(codes).numpy()
    try:
        found = _read(encoder, pictures)
    except Exception as fault:
        message = next(iter(str(fault).splitlines()), "")
        return (
            f"your encoder, given pictures {pictures.shape}, stopped with "
            f"{type(fault).__name__}: {message}"
        )
    if found.shape != shape:
        return (
            f"given pictures {pictures.shape}, your encoder answers with the shape "
            f"{found.shape}; expected {shape}, a code for each."
        )
    if not np.isfinite(found).all():
        return "your encoder answers with NaN: is the learning rate too large?"
    error = ((generator(found).numpy() - pictures) ** 2).mean()
    of_mean = ((pictures.mean(axis=0) - pictures) ** 2).mean()
    if error < of_mean / 4:
        return None
    hint = "train longer, or on more pairs."
    if error > of_mean:
        hint = (
            "it does worse than that. Has it been trained, on pairs (picture, code) of "
            "this generator, with the pictures as input and as they come, in [-1, 1]?"
        )
    return (
        f"new faces, repainted from your encoder's codes, have {error / of_mean:.0%} "
        f"of the error of the mean face, and less than 25% is wanted: {hint}"
    )


def _read(encoder, pictures):
    if isinstance(encoder, keras.Model):
        return np.asarray(encoder(pictures, training=False), "float32")
    return np.asarray(encoder(pictures), "float32")


CHECKS = {
    "8.1": check_best_picture,
    "8.2": check_give_back,
    "8.3": check_find_code,
    "8.4": check_train_encoder,
}
