"""The command `gan-lessons`: for what a notebook is the wrong place for.

doctor   what will run here, and how fast
lessons  copy the lessons into a folder, or bring them up to date there
train    train a GAN on faces; called again with the same folder, go on
sample   paint new faces with a trained generator
edit     move faces along a direction of the latent space
export   write a generator as ONNX, for other programs
"""

import argparse
import math
import pathlib
import re
import sys

# The package's arguments, as its messages name them, and the command's options.
OPTIONS = {
    "batch_size": "--batch",
    "latent_dim": "--latent",
    "precision": "--precision",
    "size": "--size",
    "strategy": "--strategy",
    "test": "--hold-out",
}
SHEET = {".npz": "arrays", ".png": "a sheet"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: such as ["train", "--minutes", "10", "--out", "runs/orl"]; None for
            those of the process.

    Returns:
        The exit code: 0, or 2 after one line on stderr that names the mistake, or 130
        if the run was stopped by Ctrl-C.

    Example:
        >>> main(["sample", "--n", "64", "--out", "faces.png"])
    """
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except (ValueError, ImportError, OSError, MemoryError) as error:
        reason = str(error) or type(error).__name__
        print(f"gan-lessons: {_with_options(reason)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        print(f"gan-lessons: {str(error) or 'stopped'}", file=sys.stderr)
        return 130
    return 0


def doctor(options):
    """Print versions, device, photos, disk, and the speed of a few training steps."""
    from gan_lessons.doctor import examine

    examine()


def lessons(options):
    """Copy the lessons into a folder, or update there what you have not changed."""
    from gan_lessons.lessons import copy_lessons

    written, kept = copy_lessons(options.folder)
    print(f"{options.folder}: {len(written)} files written, {len(kept)} kept")
    for name in kept:
        print(f"kept {name}: you have changed it; for the course's, rename yours first")


def train(options):
    """Train until `--epochs` in all, or for `--minutes` more."""
    from gan_lessons import recipe
    from gan_lessons.data import load_faces
    from gan_lessons.metrics import near_duplicates
    from gan_lessons.scale import make_strategy

    _check_positive(options, "epochs", "minutes", "batch", "width", "latent")
    _check_seed(options.seed)
    if options.strategy == "multi-worker" and options.minutes:
        raise ValueError(
            "--minutes with --strategy multi-worker: machines do not agree on when "
            "minutes are over, give --epochs"
        )
    recipe.check_writable(pathlib.Path(options.out))
    strategy = make_strategy(options.strategy)  # before anything is computed
    start = recipe.load_networks(options.start) if options.start else None
    faces = load_faces(options.data, options.size)
    if options.hold_out:
        # At the size of the networks to start from, so that what was held out from
        # them is held out again.
        size = start[0].input_shape[1] if start else options.size
        small = faces if size == options.size else load_faces(options.data, size)
        groups = near_duplicates(small.images)
        faces, unseen = faces.split(options.hold_out, groups=groups)
        print(f"{len(unseen)} photos are held out, near-duplicates included")
    recipe.train(
        faces,
        options.out,
        epochs=options.epochs,
        minutes=options.minutes,
        batch_size=options.batch,
        width=options.width,
        latent_dim=options.latent,
        augment=options.augment,
        seed=options.seed,
        precision=options.precision,
        strategy=strategy,
        start=start,
        quiet=options.quiet,
    )


def sample(options):
    """Paint `--n` faces into an .npz (images uint8) or a .png (a sheet)."""
    from gan_lessons.export import provenance
    from gan_lessons.models import generate, sample_latents

    _check_positive(options, "n")
    _check_seed(options.seed)
    _check_out(options.out, SHEET)
    generator, name = _load_generator(options.model)
    latents = sample_latents(options.n, generator.input_shape[-1], options.seed)
    images = generate(generator, latents)
    _save(options.out, images, 8, provenance(generator, name))


def edit(options):
    """Paint `--n` faces, or change a `--photo`, at each of `--steps` on a direction."""
    from gan_lessons import latent, pretrained
    from gan_lessons.export import provenance
    from gan_lessons.models import generate, sample_latents

    _check_positive(options, "n")
    _check_seed(options.seed)
    _check_out(options.out, SHEET)
    steps = _numbers(options.steps)
    shipped = options.model in pretrained.names()
    trained = pretrained.load(options.model) if shipped else None
    if options.photo and not (trained and "encoder" in trained.files):
        raise ValueError(
            f"--photo needs an encoder, and {options.model} has none: leave --model "
            "out, faces64 has one"
        )
    generator, name = _load_generator(options.model)
    named = trained.directions if trained else {}
    direction = _direction(options.direction, generator, named)
    if options.photo:
        images = _edited_photo(options.photo, trained, direction, steps)
    else:
        latents = sample_latents(options.n, generator.input_shape[-1], options.seed)
        edited = latent.edit(latents, direction, steps)
        images = generate(generator, edited.reshape(-1, edited.shape[-1]))
    images = images.reshape(-1, len(steps), *images.shape[-3:])
    about = provenance(generator, name, edited_photo=bool(options.photo))
    _save(options.out, images, len(steps), about)


def export(options):
    """Write a generator as ONNX: `latent` in, `image` in [-1, 1] out."""
    from gan_lessons.export import provenance, save_onnx

    _check_out(options.out, {".onnx": "for ONNX Runtime"})
    generator, name = _load_generator(options.model)
    difference = save_onnx(options.out, generator, provenance(generator, name))
    print(f"{options.out}: paints as Keras does, to {difference:.0e}")


def _with_options(message):
    """The first line of a message, which names the options in place of arguments."""
    line = message.splitlines()[0]
    for name, option in OPTIONS.items():
        line = re.sub(rf"\b{name}=['\"]?([^\s'\"]+)['\"]?", rf"{option} \1", line)
    return re.sub(r"\bbatch_size\b", OPTIONS["batch_size"], line)


def _parser():
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="gan-lessons", description=__doc__, formatter_class=layout
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(run, example):
        sub = commands.add_parser(
            run.__name__,
            help=run.__doc__.splitlines()[0],
            description=run.__doc__,
            epilog="example:\n  " + example,
            formatter_class=layout,
        )
        sub.set_defaults(command=run)
        return sub.add_argument

    add(doctor, "gan-lessons doctor")
    add(lessons, "gan-lessons lessons my-course\n  jupyter lab my-course")(
        "folder", help="where to; called again, your own changes are kept"
    )
    _add_training(
        add(train, "gan-lessons train --data orl --size 64 --minutes 10 --out runs/orl")
    )
    _add_painting(
        add(sample, "gan-lessons sample --n 64 --seed 0 --out faces.png"), n=16
    )
    option = add(
        edit,
        "gan-lessons edit --direction gender --steps=-3,-1.5,0,1.5,3 --out edited.png",
    )
    option(
        "--direction",
        required=True,
        help="gender, age, smile, glasses or pose, of the faces that come with the "
        "course; 1, 2, …: a generator's own main directions; or a .npy file with one",
    )
    option(
        "--steps",
        default="-3,-1.5,0,1.5,3",
        help="in standard deviations (default: -3,-1.5,0,1.5,3)",
    )
    option(
        "--photo",
        help="a picture of one face, which fills the square in its middle, instead of "
        "painted faces",
    )
    _add_painting(option, n=4)
    option = add(export, "gan-lessons export --out faces64.onnx")
    _add_model(option)
    option("--out", required=True, help="FILE.onnx")
    return parser


def _add_training(option):
    option(
        "--data",
        default="orl",
        help="orl, utkface, celeba, lfw, or a folder of pictures (default: orl)",
    )
    option(
        "--size",
        type=int,
        default=64,
        help="16, 32, 64, 128 or 256 pixels (default: 64)",
    )
    option(
        "--start",
        help="networks to go on from in place of random ones: faces64, faces128, or "
        "the folder of a finished run; width and latents are then theirs, and for "
        "photos of twice their size they are grown",
    )
    budget = option.__self__.add_mutually_exclusive_group(required=True)
    budget.add_argument(
        "--epochs", type=int, help="the total, earlier sessions included"
    )
    budget.add_argument("--minutes", type=float, help="of training, from now on")
    option(
        "--seed",
        type=int,
        default=0,
        help="of weights, shuffle and latents (default: 0)",
    )
    option(
        "--batch",
        type=int,
        default=16,
        help="photos per step and device (default: 16)",
    )
    option(
        "--width",
        type=int,
        default=32,
        help="channels at the highest resolution (default: 32)",
    )
    option("--latent", type=int, default=128, help="length of a latent (default: 128)")
    option(
        "--augment",
        action=argparse.BooleanOptionalAction,
        help="whether the discriminator sees pictures randomly changed, against "
        "memorising (default: with fewer than 5,000 photos)",
    )
    option(
        "--hold-out",
        type=float,
        default=0,
        help="share of the photos that the run never sees, to measure with "
        "(default: 0)",
    )
    option(
        "--precision",
        help="float32, mixed_bfloat16 or mixed_float16: lesson 9 (default: what pays "
        "here)",
    )
    option(
        "--strategy",
        default="one",
        help="one device, mirrored (all of this machine) or multi-worker "
        "(docs/scale.md; default: one)",
    )
    option(
        "--out",
        required=True,
        help="folder for checkpoints, history.csv, timeline.gif and generator.keras",
    )
    option("--quiet", action="store_true", help="show no progress")


def _add_model(option):
    option(
        "--model",
        default="faces64",
        help="the folder of a run, a generator's .keras file, or what comes with the "
        "course: faces64 or faces128 (default: faces64)",
    )


def _add_painting(option, n):
    _add_model(option)
    option("--n", type=int, default=n, help=f"how many faces (default: {n})")
    option("--seed", type=int, default=0, help="of the latents (default: 0)")
    option("--out", required=True, help="FILE.npz (`images`, uint8) or FILE.png")


def _load_generator(model):
    """A generator and its name: of a run, of a file, or one that comes trained."""
    import keras
    import numpy as np

    from gan_lessons import pretrained
    from gan_lessons.models import sample_latents
    from gan_lessons.pictures import reason

    if model in pretrained.names():
        return pretrained.load(model).generator, model
    path = pathlib.Path(model)
    name = path.name if path.is_dir() else path.stem
    path = path / "generator.keras" if path.is_dir() else path
    if not path.is_file():
        raise ValueError(
            f"there is no {path}: give the folder of a run that `gan-lessons train` "
            "has finished, or a .keras file"
        )
    try:
        generator = keras.models.load_model(path)
        images = generator(sample_latents(1, generator.input_shape[-1]))
        if len(images.shape) != 4 or not np.isfinite(images).all():
            raise ValueError("what it paints are no images")
        return generator, name
    except Exception as error:  # Keras raises many kinds for a damaged file
        raise ValueError(
            f"{path} cannot be read as a generator: {reason(error)}"
        ) from None


def _direction(name, generator, named):
    """A direction by its name, its number, or from its file."""
    import numpy as np

    from gan_lessons import latent
    from gan_lessons.pictures import reason

    if name in named:
        return named[name]
    if name.isdecimal():
        main_ones = latent.principal_directions(generator)
        if not 1 <= int(name) <= len(main_ones):
            raise ValueError(
                f"--direction {name}: this generator has directions 1 to "
                f"{len(main_ones)}"
            )
        return main_ones[int(name) - 1]
    if not pathlib.Path(name).is_file():
        known = f"{', '.join(named)} (of the faces that come with the course), "
        raise ValueError(
            f"--direction {name}: neither {known if named else ''}a number such as 1, "
            "nor a .npy file that is there"
        )
    try:
        with np.errstate(all="ignore"):  # what overflows is refused below
            stored = np.load(name, allow_pickle=False)
            direction = stored.astype("float32", casting="same_kind")
            finite = np.isfinite(np.linalg.norm(direction))
    except Exception as error:  # NumPy raises many kinds for a damaged file
        raise ValueError(
            f"--direction {name} cannot be read as a .npy file: {reason(error)}"
        ) from None
    if not finite:
        raise ValueError(
            f"--direction {name} holds NaN or infinite values: save finite ones"
        )
    return direction


def _edited_photo(path, faces, direction, steps):
    """A photo plus what each step changes in its painting: uint8 (k, 64, 64, 3)."""
    import numpy as np

    from gan_lessons import latent
    from gan_lessons.data import to_float, to_uint8
    from gan_lessons.encoder import invert
    from gan_lessons.pictures import read_picture, reason

    try:
        photo = read_picture(pathlib.Path(path).read_bytes(), 64)
    except Exception as error:  # Pillow raises a dozen kinds for broken pictures
        raise ValueError(
            f"--photo {path} cannot be read as a picture: {reason(error)}"
        ) from None
    photo = to_float(np.broadcast_to(photo, (1, 64, 64, 3)))
    code = invert(faces.generator, photo, faces.encoder(photo))[0][-1, 0]
    edited = faces.generator(latent.edit(code, direction, steps))
    return to_uint8(photo + edited - faces.generator(code[None]))


def _save(out, images, columns, about):
    import numpy as np

    from gan_lessons.export import save_png
    from gan_lessons.files import write_atomically
    from gan_lessons.pictures import tile

    out = pathlib.Path(out)
    if out.suffix == ".npz":
        write_atomically(out, lambda path: np.savez_compressed(path, images=images))
    else:
        save_png(out, tile(images.reshape(-1, *images.shape[-3:]), columns), about)
    print(f"{out}: images {images.shape}")


def _numbers(steps):
    try:
        numbers = [float(step) for step in steps.split(",")]
    except ValueError:
        numbers = []
    if not numbers or not all(map(math.isfinite, numbers)):
        raise ValueError(f"--steps={steps} is not a list of numbers such as -3,0,3")
    return numbers


def _check_positive(options, *names):
    for name in names:
        value = getattr(options, name)
        if value is not None and not value > 0:  # NaN is not above 0 either
            raise ValueError(f"--{name} {value}: give a number above 0")


def _check_seed(seed):
    if not 0 <= seed < 2**32:
        raise ValueError(f"--seed {seed}: give a number from 0 to {2**32 - 1}")


def _check_out(out, endings):
    path = pathlib.Path(out)
    if path.suffix not in endings:
        known = " or ".join(f"{ending} ({what})" for ending, what in endings.items())
        raise ValueError(f"--out {out}: it has to end in {known}")
    if not path.parent.is_dir():
        raise ValueError(
            f"--out {out}: there is no folder {path.parent}, make it first"
        )


if __name__ == "__main__":
    sys.exit(main())
