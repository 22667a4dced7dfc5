"""The figures of the lessons. Each function draws one figure and shows it; the cell that calls it says what to see.

Images are uint8 (n, size, size, channels), or float in [-1, 1]. Matplotlib is imported where it is used: it takes half a second,
and neither training nor the command line draws.
"""

from gan_lessons.classroom.plots.charts import (
    confidence_bars,
    confusion,
    curve_pair,
    curves,
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
    show_animation,
    show_faces,
    show_verdicts,
    timeline,
    with_nearest,
)
from gan_lessons.classroom.plots.networks import (
    architecture,
    heat_maps,
    number_grids,
    occlusion_maps,
    one_region,
    show_maps,
)
from gan_lessons.classroom.plots.points import (
    density_game,
    neighbourhoods,
    point_game,
    point_runs,
)
from gan_lessons.classroom.plots.style import set_style
