"""What all panels share: controls, and a picture that follows them."""

import html
import io
from collections.abc import Callable, Mapping
from typing import Any

from PIL import Image

from gan_lessons.classroom.plots.faces import pixels

SIDE = 288  # pixels of a picture on the screen
PANEL = "(a panel of {}: open the notebook in Jupyter or Colab and run this cell)"


def follow(
    draw: Callable[[dict[str, Any]], tuple[Any, str]],
    choices: Mapping[str, Any],
    buttons: Mapping[str, Callable] | None = None,
    highest: Mapping[str, Callable[[dict[str, Any]], int]] | None = None,
    kind: str = "sliders",
) -> None:
    """Show controls, and a picture that is drawn again when one of them is moved.

    Without ipywidgets, 7.7 or newer, there is one line of text in their place.

    Args:
        draw: makes of {name: value} a picture, which is a matplotlib figure or an image
            (size, size, channels), and a line of text about it.
        choices: {name: (lowest, highest, step, start)} for a slider, of whole numbers
            if the step is an int; {name: [option, …]} for a menu.
        buttons: {text: action}. An action gets the controls, {name: widget}, and a
            function `redraw` that shows what has changed so far.
        highest: {name: function of {name: value}}, the highest value of a slider that
            depends on the other controls.
        kind: of panel, as the line of text says where it cannot be shown.

    Example:
        >>> def draw(values):
        ...     return np.full((8, 8, 1), values["grey"], "uint8"), "a grey square"
        >>> follow(draw, {"grey": (0, 255, 1, 128)})
        (a panel of sliders: open the notebook in Jupyter or Colab and run this cell)
    """
    try:
        import ipywidgets
    except ImportError:
        print("no panel without ipywidgets: pip install ipywidgets")
        return
    from IPython.display import display

    class Panel(ipywidgets.Box):
        def __repr__(self):
            return PANEL.format(kind)

    actions, limits = dict(buttons or {}), dict(highest or {})
    controls = {name: _control(name, choice) for name, choice in choices.items()}
    picture, words = ipywidgets.Image(format="png"), ipywidgets.HTML()

    def redraw(_=None):
        values = {name: control.value for name, control in controls.items()}
        for name, limit in limits.items():
            # A slider that stood higher moves down to its new maximum.
            controls[name].max = limit(values)
            values[name] = controls[name].value
        drawn, text = draw(values)
        picture.value, picture.width = _png(drawn)
        words.value = html.escape(text).replace(" %", "&nbsp;%")

    def press(button):
        actions[button.description](controls, redraw)
        redraw()

    redraw()
    for control in controls.values():
        control.observe(redraw, "value")
    row = ipywidgets.HBox(layout={"flex_flow": "row wrap"})
    for text in actions:
        button = ipywidgets.Button(description=text, layout={"width": "auto"})
        button.on_click(press)
        row.children += (button,)
    side = ipywidgets.VBox([*controls.values(), row, words], layout={"width": "340px"})
    layout = {"flex_flow": "row wrap", "align_items": "center"}
    display(Panel([picture, side], layout=layout))


def _control(name, choice):
    """A menu for a list, a slider for (lowest, highest, step, start)."""
    import ipywidgets

    shared = {
        "description": name,
        "style": {"description_width": "90px"},
        "layout": {"width": "330px"},
    }
    if isinstance(choice, list):
        return ipywidgets.Dropdown(options=choice, **shared)
    low, high, step, start = choice
    whole = isinstance(step, int)
    slider = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    shared["readout_format"] = "d" if whole else "+.2f"
    return slider(start, min=low, max=high, step=step, **shared)


def _png(picture):
    """The bytes of a PNG file, and how many pixels wide it is to be shown."""
    file = io.BytesIO()
    if hasattr(picture, "savefig"):
        # Drawn finer than it is shown, for screens of high resolution.
        picture.savefig(file, format="png", dpi=120)
        return file.getvalue(), int(80 * picture.get_figwidth())
    image = Image.fromarray(pixels(picture).squeeze())
    image.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue(), SIDE
