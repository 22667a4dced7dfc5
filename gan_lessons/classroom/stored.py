"""Figures that were measured before and lie in the course's pages."""

from gan_lessons import lessons


def stored_table(page: str, column: str) -> list[dict[str, str]]:
    """A table of one of the course's pages, the first that has a column of this name.

    Args:
        page: the file in `docs`, such as "recipe.md".
        column: what stands in its head, such as "trial".

    Returns:
        Its rows: {what stands in the head: what stands in the row}.

    Raises:
        ValueError: if the page has no such table.

    Example:
        >>> stored_table("recipe.md", "trial")[0]["images seen"]
        '50,000'
    """
    text = (lessons.course_root() / "docs" / page).read_text(encoding="utf-8")
    table: list[list[str]] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            if table and column in table[0]:
                break
            table = []
            continue
        table.append(
            [cell.strip().replace("`", "") for cell in line.strip("| ").split("|")]
        )
    if not table or column not in table[0]:
        raise ValueError(f"docs/{page} has no table with a column {column!r}")
    head, _, *rows = table
    return [dict(zip(head, row)) for row in rows]


def labelled_groups(network: str = "attributes") -> dict[str, dict[str, str]]:
    """How often an attribute network is right on the held-out photos, group by group.

    The photos themselves do not come with the course; the model card has these figures.

    Args:
        network: "attributes" or "scorer".

    Returns:
        {group, such as "all" or "60 and more": {"photos": how many have this label,
        "gender right": …, "years off": …, "race right": …}}.

    Example:
        >>> labelled_groups()["60 and more"]["photos"]
        '222'
    """
    groups = {}
    for row in stored_table("faces64.md", "race right"):
        who, *figures = row.items()
        name, _, group = who[1].partition(": ")
        if name == network:
            group, _, photos = group.removesuffix(" photos").rpartition(", ")
            groups[group] = {"photos": photos.replace(",", ""), **dict(figures)}
    return groups
