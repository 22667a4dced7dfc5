"""The figures of the lessons: each function draws one figure and shows it.

Images are uint8 (n, size, size, channels), or float in [-1, 1]. Matplotlib is imported
in the functions: it takes half a second, and neither training nor the command line
draws.
"""

from gan_lessons.classroom.plots.charts import (
    confidence_bars,
    confusion,
    curve_pair,
    curves,
    edit_prices,
    error_bars,
    norm_histogram,
    over_time,
    score_panels,
    share_bars,
    turned_dials,
    two_histograms,
)
from gan_lessons.classroom.plots.costs import (
    cost_bars,
    efficiency_lines,
    reach_histogram,
    stacked_bars,
)
from gan_lessons.classroom.plots.faces import (
    face_sheet,
    mix_ups,
    named_rows,
    show_animation,
    show_answers,
    show_attributes,
    show_cut,
    show_faces,
    show_verdicts,
    timeline,
    with_nearest,
)
from gan_lessons.classroom.plots.networks import (
    architecture,
    heat_maps,
    kernels_and_maps,
    named_maps,
    number_grids,
    occlusion_maps,
    one_region,
    show_maps,
    who_learns,
)
from gan_lessons.classroom.plots.points import (
    density_game,
    neighbourhoods,
    point_game,
    point_runs,
    verdict_map,
)
from gan_lessons.classroom.plots.style import set_style

__all__ = [
    "architecture",
    "confidence_bars",
    "confusion",
    "cost_bars",
    "curve_pair",
    "curves",
    "density_game",
    "edit_prices",
    "efficiency_lines",
    "error_bars",
    "face_sheet",
    "heat_maps",
    "kernels_and_maps",
    "mix_ups",
    "named_maps",
    "named_rows",
    "neighbourhoods",
    "norm_histogram",
    "number_grids",
    "occlusion_maps",
    "one_region",
    "over_time",
    "point_game",
    "point_runs",
    "reach_histogram",
    "score_panels",
    "set_style",
    "share_bars",
    "show_animation",
    "show_answers",
    "show_attributes",
    "show_cut",
    "show_faces",
    "show_maps",
    "show_verdicts",
    "stacked_bars",
    "timeline",
    "turned_dials",
    "two_histograms",
    "verdict_map",
    "who_learns",
    "with_nearest",
]
