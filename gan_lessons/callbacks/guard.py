"""Stop a run that is broken."""

from collections.abc import Callable

import keras
import numpy as np


class StopOnNaN(keras.callbacks.Callback):
    """Stop a run whose losses are no longer numbers, and say which network broke first.

    Args:
        say: called with the one line of explanation.

    Attributes:
        broke: that line, or None.

    Example:
        >>> gan.fit(photos, epochs=100, callbacks=[StopOnNaN()])
    """

    def __init__(self, say: Callable[[str], object] = print):
        super().__init__()
        self.say, self.broke = say, None

    def on_train_batch_end(self, batch, logs=None):
        """Look at the scores of the step."""
        scores = (logs or {}).items()
        bad = {name for name, value in scores if not np.isfinite(value)}
        if bad:
            self.broke = (
                f"stopped at batch {batch + 1}: {self._culprit(bad)}. Try a smaller "
                "learning rate, and start from the last checkpoint."
            )
            self.say(self.broke)
            self.model.stop_training = True

    def _culprit(self, bad):
        steps = self.model.steps_per_execution
        if steps > 1:
            return f"NaN in {', '.join(sorted(bad))}, within the last {steps} steps"
        # In a round D judges photos and fakes and moves; then G asks D, and moves.
        if "d_fake" in bad and "d_real" not in bad:
            return "the generator broke first: it paints NaN"
        if "d_real" in bad and "d_fake" not in bad:
            return "there is NaN among the photos"
        return "the discriminator broke first: its verdicts are NaN"
