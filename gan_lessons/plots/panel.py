"""Sliders, where Jupyter has widgets."""

import numpy as np

from gan_lessons.plots.faces import pixels


def slider_panel(draw, names, limits=(-4, 4), side=288):
    """A face with a slider for each name and a button for a new face, shown by Jupyter's widgets.

    draw: takes the sliders' values, float (k,), and the number of the face, 0 at first; gives one picture
          (size, size, channels). Where no widgets are, there is one line of text in place of the panel.
    """
    import io

    try:
        import ipywidgets
    except ImportError:
        print("no sliders without ipywidgets: pip install ipywidgets")
        return
    from IPython.display import display
    from PIL import Image

    class Panel(ipywidgets.HBox):
        def __repr__(self):
            return "(a panel of sliders: open the notebook in Jupyter or Colab and run this cell)"

    sliders = [ipywidgets.FloatSlider(0, min=limits[0], max=limits[1], step=0.25, description=name, readout_format="+.2f") for name in names]
    picture, number = ipywidgets.Image(format="png", width=side, height=side), [0]
    new_face, reset = (ipywidgets.Button(description=text) for text in ("new face", "all to 0"))

    def redraw(_=None):
        shown = pixels(draw(np.array([slider.value for slider in sliders]), number[0]))
        file = io.BytesIO()
        Image.fromarray(shown.squeeze()).resize((side, side), Image.Resampling.BICUBIC).save(file, "PNG")
        picture.value = file.getvalue()

    def next_face(_):
        number[0] += 1
        redraw()

    def all_to_zero(_):
        for slider in sliders:
            slider.value = 0

    for slider in sliders:
        slider.observe(redraw, "value")
    new_face.on_click(next_face)
    reset.on_click(all_to_zero)
    redraw()
    display(Panel([picture, ipywidgets.VBox([*sliders, ipywidgets.HBox([new_face, reset])])]))
