"""What Sphinx is told; `build.py` calls it with the pages that `pages.py` gathers."""

import inspect
import pathlib
import re
import sys

from docutils import nodes
from sphinx.util.inspect import signature, stringify_signature

SITE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(SITE), str(SITE.parent)]
import pages  # noqa: E402

project = html_title = "GANs on human faces"
author = "The gan-lessons authors"
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
]
root_doc = "index"

# Lessons and pages: what is stored is shown, nothing is run.
nb_execution_mode = "off"
nb_merge_streams = True
nb_ipywidgets_js = {}  # would come from another host; a panel shows its line of text
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
# Formulas, by a MathJax that build.py puts beside the pages.
mathjax_path = "mathjax/MathJax.js"
mathjax2_config = {
    "config": ["TeX-AMS-MML_HTMLorMML-full.js", "Safe.js"],
    "tex2jax": {"processClass": "math", "ignoreClass": "tex2jax_ignore"},
    # The one font that is in its package.
    "HTML-CSS": {"availableFonts": [], "webFont": "STIX-Web", "imageFont": None},
    "showMathMenu": False,
    "messageStyle": "none",
}
myst_update_mathjax = False  # it knows newer ones only

# The API reference.
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_inherit_docstrings = False  # Keras's are not ours
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries_show_parents = "hide"
default_role = "literal"  # `so` is code in a docstring
napoleon_use_ivar = True
# Returns: what stands before a colon is not always a type.
napoleon_custom_sections = ["Reference", "Returns", "Yields"]
# A link to a name of ours has to lead somewhere, but for a type variable, such as T.
# NumPy, Keras and Python are not here.
nitpick_ignore_regex = [(r"py:.*", r"(?!gan_lessons\.).*|.*\.[A-Z]")]

# The look.
html_theme = "pydata_sphinx_theme"
html_static_path = ["static"]
html_css_files = ["site.css"]
templates_path = ["templates"]
html_sidebars = {"**": ["contents.html"]}
html_show_sphinx = html_show_sourcelink = html_copy_source = False
html_permalinks_icon = "#"
html_theme_options = {
    "navbar_center": [],
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc", "edit-this-page", "colab"],
    "primary_sidebar_end": [],
    "footer_start": ["copyright"],
    "footer_end": [],
    "search_bar_text": "Search the course …",
    "show_toc_level": 2,
}
copyright = author
html_context = {"default_mode": "auto", "colab": ""}

# Where the pages can be edited and the lessons opened, once they have an address.
github = re.fullmatch(r"https://github\.com/([^/]+)/([^/]+)", pages.repository())
if github:
    owner, name = github.groups()
    html_theme_options["use_edit_page_button"] = True
    html_context |= {
        "github_user": owner,
        "github_repo": name,
        "github_version": "main",
        "doc_path": "",
        "colab": f"https://colab.research.google.com/github/{owner}/{name}/blob/main",
    }


def setup(app):
    app.connect("doctree-read", describe_figures)
    app.connect("autodoc-process-docstring", keep_lists)
    app.connect("autodoc-process-signature", own_signature)
    app.connect("html-page-context", edit_where_it_lies)


def describe_figures(app, doctree):
    """Give each figure of a notebook the alternative text that is stored with it."""
    if not hasattr(app, "alternatives"):
        app.alternatives = pages.alternatives(pathlib.Path(app.srcdir))
    for image in doctree.findall(nodes.image):
        checksum = pathlib.PurePath(image["uri"]).stem
        if checksum in app.alternatives:
            image["alt"] = app.alternatives[checksum]


def keep_lists(app, what, name, item, options, lines):
    """What a module's docstring sets in, a list of names or code, stays as it is."""
    if what == "module":
        text = "\n".join(lines)
        lines[:] = re.sub(r"(?m)^(\S.*\n)\n(?=    \S)", r"\1\n::\n\n", text).split("\n")


def own_signature(app, what, name, item, options, arguments, returned):
    """The arguments of a class, which Keras's `__new__` would hide."""
    if what != "class" or not inspect.isfunction(item.__init__):
        return None
    own = signature(item.__init__, bound_method=True)
    return stringify_signature(own, show_return_annotation=False), None


def edit_where_it_lies(app, pagename, templatename, context, doctree):
    """The first page lies elsewhere, and the pages written by `pages.py` nowhere."""
    if pagename == "index":
        context["doc_path"] = "site"
    elif not (SITE.parent / f"{pagename}{context.get('page_source_suffix')}").exists():
        context["theme_use_edit_page_button"] = False
