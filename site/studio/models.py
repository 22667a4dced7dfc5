"""Write what the studio downloads: networks as ONNX, and a table of what they are.

    python site/studio/models.py build/studio/models

Each set of networks in `pretrained.names()` gets a folder with the generator as
`gan-lessons export` writes it and, as far as they are shipped, the scorer, the encoder,
the discriminator with the gradient of its logit, and `about.json`: sizes, provenance,
directions and what else moves along them. Large weights are stored in half precision
and widened when the file is loaded: the shipped ones were stored so, and lose nothing.
"""

import argparse
import inspect
import json
import os
import pathlib
import tempfile
import warnings
from collections.abc import Callable

import keras
import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
import tf2onnx
from onnx import TensorProto, helper, numpy_helper

from gan_lessons import pretrained
from gan_lessons.attributes import RACES
from gan_lessons.directions import score_edits
from gan_lessons.export import XMP, provenance, save_onnx
from gan_lessons.files import write_atomically
from gan_lessons.growing import half_size
from gan_lessons.models import sample_latents

LENGTHS = [1, 2, 3]  # of an edit, in standard deviations of the codes
LARGE = 256  # numbers in a tensor, from which on it is stored in half precision
# Keras paints as ONNX Runtime does when no value differs by more. Half a grey level is
# 4e-3; attributes and codes are larger numbers than colours.
TOLERANCE = {"generator": 4e-3, "discriminator": 2e-2, "encoder": 2e-2, "scorer": 5e-2}


def main() -> None:
    """Write a folder for each set of networks, and the list of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--faces", type=int, default=200, help="to measure edits on")
    arguments = parser.parse_args()
    for name in pretrained.names():
        write_networks(name, arguments.folder / name, arguments.faces)
    default = inspect.signature(pretrained.load).parameters["name"].default
    names = {"names": pretrained.names(), "default": default}
    write_json(arguments.folder / "names.json", names)


def write_networks(name: str, folder: pathlib.Path, n: int) -> None:
    """Write one set of networks and its table.

    Args:
        name: as in `pretrained.names()`.
        folder: where to; it is made.
        n: faces on which the directions are measured.
    """
    folder.mkdir(parents=True, exist_ok=True)
    networks = pretrained.load(name)
    generator = networks.generator
    latents = sample_latents(8, generator.input_shape[-1])
    images = np.asarray(generator(latents, training=False))
    about = provenance(generator, name)
    with tempfile.TemporaryDirectory() as aside:
        path = os.path.join(aside, "generator.onnx")
        save_onnx(path, generator, about)
        exported = onnx.load(path)
    models = {"generator": (exported, latents, {"image": images})}
    for part, prepare in READERS.items():
        if part in networks.files:
            models[part] = prepare(getattr(networks, part), images)
    for part, (model, inputs, expected) in models.items():
        halve_weights(model)
        helper.set_model_props(model, about)
        check(f"{name}, {part}", model, inputs, expected, TOLERANCE[part])
        path = folder / f"{part}.onnx"
        write_atomically(path, lambda aside, model=model: onnx.save(model, aside))
    write_json(
        folder / "about.json",
        {
            "name": name,
            "parts": list(models),
            "provenance": {
                "generated": about,
                "photo": provenance(generator, name, edited_photo=True),
            },
            "xmp": XMP,
            "readings": {"gender": "female", "age": "years", "race": list(RACES)},
            "lengths": LENGTHS,
            "faces": n,
            "directions": measure_directions(networks, n),
        },
    )


def measure_directions(networks: pretrained.Pretrained, n: int) -> dict[str, dict]:
    """Each shipped direction, and what a scorer sees move along it.

    Of what `score_edits` gives, every number per length is passed on. Networks without
    a scorer are judged by the default's, at its size.
    """
    if "directions" not in networks.files:
        return {}
    judge = networks if "scorer" in networks.files else pretrained.load()
    scorer, generator = judge.scorer, networks.generator
    if generator.output_shape[1] == 2 * scorer.input_shape[1]:
        generator = half_size(generator)
    found = {}
    for name, direction in networks.directions.items():
        columns = score_edits(generator, scorer, direction, LENGTHS, n)
        found[name] = {
            "direction": [round(float(x), 6) for x in direction],
            "moves": {
                column: [round(float(value), 4) for value in values]
                for column, values in columns.items()
                if values.shape == (len(LENGTHS),)
            },
        }
    return found


def prepare_scorer(scorer: keras.Model, images: np.ndarray) -> tuple:
    """The scorer, which gives its features, too: likeness is the cosine of those."""
    features = scorer.get_layer("features").output
    both = keras.Model(scorer.inputs[0], {**scorer.output, "features": features})
    return convert(lambda image: both(image, training=False), images)


def prepare_encoder(encoder: keras.Model, images: np.ndarray) -> tuple:
    """The encoder, which maps images to latents."""
    return convert(lambda image: {"latent": encoder(image, training=False)}, images)


def prepare_discriminator(discriminator: keras.Model, images: np.ndarray) -> tuple:
    """The discriminator, with the gradient of its logit."""
    model = discriminator_with_gradient(discriminator)
    return model, images, logits_and_gradients(discriminator, images)


READERS = {
    "scorer": prepare_scorer,
    "encoder": prepare_encoder,
    "discriminator": prepare_discriminator,
}


def convert(run: Callable, images: np.ndarray) -> tuple:
    """A network that reads images as ONNX, what to try it on, and what it should say.

    Args:
        run: maps images to a dict of tensors.
        images: float32 (n, size, size, channels).

    Returns:
        The model, with input `image` and the dict's outputs; the images; the dict.
    """
    signature = [tf.TensorSpec((None, *images.shape[1:]), name="image")]
    function = tf.function(run, input_signature=signature)
    with warnings.catch_warnings(action="ignore"):  # tf2onnx speaks of NumPy's future
        model, _ = tf2onnx.convert.from_function(function, signature, opset=17)
    return model, images, {name: np.asarray(x) for name, x in run(images).items()}


def logits_and_gradients(network: keras.Model, images: np.ndarray) -> dict:
    """What Keras says: the logits, and their gradients with respect to the images."""
    watched = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(watched)
        logits = network(watched, training=False)
    gradients = tape.gradient(logits, watched)
    return {"logit": np.asarray(logits), "gradient": np.asarray(gradients)}


def discriminator_with_gradient(network: keras.Sequential) -> onnx.ModelProto:
    """A discriminator and its backward pass, out of plain operations.

    The gradient of a convolution is the transposed convolution with the same kernel,
    that of a leaky ReLU a mask of 1 and its slope, that of a residual block the sum of
    its two paths', that of the last layer its weights.

    Args:
        network: as `build_discriminator` and `deepen_discriminator` make them.

    Returns:
        A model with input `image`, float32 (n, size, size, channels), and outputs
        `logit`, (n, 1), and `gradient`, of the image's shape.
    """
    *stages, flatten, dense = network.layers
    nodes, constants = [], {"one": np.float32(1), "zero": np.float32(0)}

    def add(operation, inputs, output=None, **attributes):
        output = output or f"{operation}{len(nodes)}"
        nodes.append(helper.make_node(operation, inputs, [output], **attributes))
        return output

    def constant(values):
        name = f"constant{len(constants)}"
        constants[name] = values
        return name

    def convolution(layer, x):
        """Its output, and what maps the gradient there to the gradient at x."""
        side, strides = layer.kernel_size[0], list(layer.strides)
        assert layer.padding == "same" and (side, strides[0]) in ((3, 1), (4, 2))
        geometry = {"kernel_shape": [side] * 2, "strides": strides, "pads": [1] * 4}
        kernel, bias = layer.get_weights()
        kernel = constant(kernel.transpose(3, 2, 0, 1))
        y = add("Conv", [x, kernel, constant(bias)], **geometry)
        return y, lambda slopes: add("ConvTranspose", [slopes, kernel], **geometry)

    def leaky(layer, x):
        slope = constant(np.float32(layer.negative_slope))
        mask = add("Where", [add("Greater", [x, "zero"]), "one", slope])
        return add("Mul", [x, mask]), lambda slopes: add("Mul", [mask, slopes])

    def residual(block, x):
        (y, branch_back), (z, shortcut_back) = (
            chain(path, x) for path in block.paths()
        )
        return add("Add", [y, z]), lambda slopes: add(
            "Add", [branch_back(slopes), shortcut_back(slopes)]
        )

    def chain(layers, x):
        backs = []
        for layer in layers:
            x, back = steps[type(layer).__name__](layer, x)
            backs.append(back)

        def back(slopes):
            for one in reversed(backs):
                slopes = one(slopes)
            return slopes

        return x, back

    steps = {"Conv2D": convolution, "LeakyReLU": leaky, "Residual": residual}
    planes = add("Transpose", ["image"], perm=[0, 3, 1, 2])
    x, back = chain(stages, planes)

    weights, bias = dense.get_weights()
    height, width, filters = flatten.input.shape[1:]
    weights = weights.reshape(height, width, filters).transpose(2, 0, 1)
    last = constant(weights.reshape(-1, 1))
    add("Gemm", [add("Flatten", [x]), last, constant(bias)], "logit")
    shape = constant(np.array([1, filters, height, width]))
    slopes = back(add("Reshape", [last, shape]))
    add("Transpose", [slopes], "gradient", perm=[0, 2, 3, 1])

    def end(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])

    image = end("image", network.input_shape[1:])
    graph = helper.make_graph(
        nodes,
        "discriminator",
        [image],
        [end("logit", (1,)), end("gradient", network.input_shape[1:])],
        [numpy_helper.from_array(np.asarray(x), k) for k, x in constants.items()],
    )
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    onnx.checker.check_model(model)
    return model


def halve_weights(model: onnx.ModelProto) -> None:
    """Store the large weights of a model as float16, each with a cast that widens it.

    ONNX Runtime computes these casts once, when it loads the file, and then works with
    single precision throughout.
    """
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < LARGE:
            continue
        name, half = tensor.name, f"{tensor.name}/half"
        tensor.CopyFrom(numpy_helper.from_array(values.astype("float16"), half))
        casts.append(helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def check(what: str, model, inputs, expected: dict, tolerance: float) -> None:
    """End if ONNX Runtime does not compute what Keras does.

    Raises:
        ValueError: if an output differs by more than the tolerance.
    """
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found = session.run(list(expected), {session.get_inputs()[0].name: inputs})
    for name, values in zip(expected, found):
        difference = float(np.abs(values - expected[name]).max())
        print(f"{what}: {name} as Keras's, to {difference:.1e}")
        if not difference < tolerance:
            raise ValueError(f"{what}: {name} differs from Keras's by {difference:.1e}")


def write_json(path: pathlib.Path, content) -> None:
    """Write a file of JSON."""
    text = json.dumps(content, ensure_ascii=False)
    write_atomically(path, lambda aside: pathlib.Path(aside).write_text(text))


if __name__ == "__main__":
    main()
