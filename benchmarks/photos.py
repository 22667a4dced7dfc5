"""The photos that the shipped networks learn from, and those held out from all."""

from gan_lessons.data import Faces, load_faces
from gan_lessons.metrics import near_duplicates


def split_photos(size: int = 64) -> tuple[Faces, Faces]:
    """UTKFace's adults as `train --hold-out 0.1` splits them.

    Near-duplicates are looked for at 64 pixels, whatever the size. A network for larger
    photos that grew from one for 64 therefore sees none that were held out from that.

    Args:
        size: of the photos in pixels.

    Returns:
        (to train on, held out).
    """
    photos = load_faces("utkface", size)
    small = photos if size == 64 else load_faces("utkface", 64)
    return photos.split(0.1, groups=near_duplicates(small.images))
