r"""How many photos does it take, and how far does a head start carry?

    .venv/bin/python benchmarks/few_photos.py --photos 400 --minutes 5 --out 400.npz
    .venv/bin/python benchmarks/few_photos.py --photos 400 --minutes 3 --unseen \
        --start faces64 --out head-start.npz

Trains the default recipe on some photos of UTKFace, the same ones for the same seed.
Keeps 2,000 samples, and prints which share of them are copies: nearer to a photo of the
training set, or to its mirror image, than all but one in a hundred of other photos.
"""

import argparse
import pathlib

import gan_lessons  # noqa: F401  first: it quiets TensorFlow

# isort: split
import keras
import numpy as np
from photos import split_photos

from gan_lessons import pretrained
from gan_lessons.device import best_precision, best_steps_per_execution
from gan_lessons.gan import DiffAugmentGAN
from gan_lessons.metrics import nearest
from gan_lessons.models import generate, layer_output, sample_latents
from gan_lessons.recipe import (
    RATE,
    RATE_AFTER_START,
    Clock,
    default_gan,
    load_networks,
)


def main():
    o = parse_options()
    train, unseen = split_photos()
    photos, others = (unseen, train) if o.unseen else (train, unseen)
    order = np.random.default_rng(o.seed).permutation(len(photos))[: o.photos]
    photos = photos[np.sort(order)]
    keras.utils.set_random_seed(o.seed)
    gan = default_gan(
        len(photos),
        channels=3,
        augment=o.augment,
        seed=o.seed,
        start=load_networks(o.start) if o.start else None,
        learning_rate=o.rate or (RATE_AFTER_START if o.start else RATE),
        precision=o.precision,
        steps_per_execution=best_steps_per_execution(),
    )
    clock = Clock(o.batch, o.minutes)
    batches = photos.dataset(o.batch, seed=o.seed)
    epochs = [max(1, round(n / (o.batch * len(batches)))) for n in o.images or ()]
    print(vars(o), f"augmented: {isinstance(gan, DiffAugmentGAN)}")

    def keep_state(epoch, logs):
        if not (epoch + 1 in epochs or gan.stop_training):
            return
        samples = generate(gan.ema_generator, sample_latents(2000, gan.latent_dim))
        seen = o.batch * int(gan.g_optimizer.iterations)
        path = o.out.with_stem(f"{o.out.stem}-{seen}") if epochs else o.out
        np.savez(path, images=samples)
        # Their names begin with the age: the first ones are the youngest.
        mixed = others.images[:: 1 + len(others) // 2000]
        share = share_of_copies(samples, photos.images, mixed)
        print(f"{path.name}: {seen:,} images seen, copies: {share:.1%}", flush=True)

    keep = keras.callbacks.LambdaCallback(on_epoch_end=keep_state)
    last = epochs[-1] if epochs else 10**6
    gan.fit(batches, epochs=last, verbose=0, callbacks=[clock, keep])


def share_of_copies(samples, photos, others):
    """Samples nearer to a photo, or to its mirror image, than 99 % of other photos."""
    extract_features = layer_output(pretrained.load("faces64").attributes, "features")
    both_ways = np.concatenate([photos, photos[:, :, ::-1]])
    members = extract_features(both_ways)
    far = nearest(extract_features(samples), members)[1]
    limit = np.quantile(nearest(extract_features(others), members)[1], 0.01)
    return (far < limit).mean()


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--photos", type=int, required=True, help="how many; at most all there are")
    much = parser.add_mutually_exclusive_group(required=True)
    much.add_argument("--minutes", type=float, help="of training")
    much.add_argument(
        "--images",
        type=int,
        nargs="+",
        help="to be seen, in place of minutes; of several numbers, rising, the samples "
        "of each are kept, with the number in the file's name",
    )
    add(
        "--augment",
        action=argparse.BooleanOptionalAction,
        help="as `train` chooses it if not given",
    )
    add("--batch", type=int, default=16, help="photos per step")
    add("--unseen", action="store_true", help="photos that faces64 did not learn from")
    add("--start", help="faces64, or the folder of a finished run")
    add(
        "--rate",
        type=float,
        help="of both networks; as `train` chooses it if not given",
    )
    add(
        "--precision",
        default=best_precision(),
        help="float32, mixed_bfloat16 or mixed_float16; as `train` if not given",
    )
    add("--seed", type=int, default=0)
    add(
        "--out",
        type=pathlib.Path,
        required=True,
        help="FILE.npz with `images`, (2000, 64, 64, 3)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
