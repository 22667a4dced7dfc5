"""What all panels share: controls, and a picture that follows them."""

import html
import io

from gan_lessons.classroom.plots.faces import pixels


def follow(draw, choices, buttons=(), most=(), kind="sliders"):
    """Show controls, and a picture that is drawn again whenever one of them is moved; without ipywidgets, one line of text.

    draw:     takes {name: value}; gives a picture (a matplotlib figure, or one image) and one line of words about it
    choices:  {name: (lowest, highest, step, start)} for a slider, {name: [option, …]} for a menu
    buttons:  {text: action}; an action takes the controls, by name, and `redraw`, which shows what has changed so far
    most:     {name: function of {name: value}}, the highest value of a slider that depends on the others
    kind:     what the line of text says, where the panel cannot be shown: "a panel of sliders"

    >>> follow(lambda values: (np.full((8, 8, 1), values["grey"], "uint8"), "a square"), {"grey": (0, 255, 1, 128)})
    """
    try:
        import ipywidgets
    except ImportError:
        print("no panel without ipywidgets: pip install ipywidgets")
        return
    from IPython.display import display

    class Panel(ipywidgets.Box):
        def __repr__(self):
            return f"(a panel of {kind}: open the notebook in Jupyter or Colab and run this cell)"

    controls = {
        name: _control(ipywidgets, name, choice) for name, choice in choices.items()
    }
    pressed = {
        text: ipywidgets.Button(description=text, layout={"width": "auto"})
        for text in dict(buttons)
    }
    picture, words = ipywidgets.Image(format="png"), ipywidgets.HTML()

    def redraw(_=None):
        values = {name: control.value for name, control in controls.items()}
        for name, highest in dict(most).items():
            controls[name].max = highest(
                values
            )  # which moves a slider that stood higher
            values[name] = controls[name].value
        shown, said = draw(values)
        picture.value, picture.width = _png(shown)
        words.value = html.escape(said).replace(" %", "&nbsp;%")

    def press(button):
        dict(buttons)[button.description](controls, redraw)
        redraw()

    redraw()
    for control in controls.values():
        control.observe(redraw, "value")
    for button in pressed.values():
        button.on_click(press)
    row = ipywidgets.HBox(list(pressed.values()), layout={"flex_flow": "row wrap"})
    side = ipywidgets.VBox([*controls.values(), row, words], layout={"width": "340px"})
    display(
        Panel(
            [picture, side], layout={"flex_flow": "row wrap", "align_items": "center"}
        )
    )


def _control(ipywidgets, name, choice):
    style, layout = {"description_width": "90px"}, {"width": "330px"}
    if isinstance(choice, list):
        return ipywidgets.Dropdown(
            options=choice, description=name, style=style, layout=layout
        )
    low, high, step, start = choice
    slider = ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider
    return slider(
        start,
        min=low,
        max=high,
        step=step,
        description=name,
        style=style,
        layout=layout,
        readout_format="d" if isinstance(step, int) else "+.2f",
    )


def _png(picture, side=288):
    """The bytes of a PNG file, and how many pixels wide it is to be shown."""
    file = io.BytesIO()
    if hasattr(picture, "savefig"):
        picture.savefig(
            file, format="png", dpi=120
        )  # drawn finer than it is shown, for screens that can
        return file.getvalue(), int(80 * picture.get_figwidth())
    from PIL import Image

    Image.fromarray(pixels(picture).squeeze()).resize(
        (side, side), Image.Resampling.BICUBIC
    ).save(file, "PNG")
    return file.getvalue(), side
