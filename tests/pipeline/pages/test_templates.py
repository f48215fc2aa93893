"""Templates come from a page's own folder, escape every text, and refuse misspelt names."""

from pathlib import Path

import jinja2
import pytest

from spuriforge.pipeline.pages.templates import environment


def test_every_text_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "page.html.jinja").write_text("<p>{{ text }}</p>")
    template = environment(tmp_path).get_template("page.html.jinja")
    assert template.render(text="<script>") == "<p>&lt;script&gt;</p>"


def test_a_misspelt_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.html.jinja").write_text("{{ titel }}")
    with pytest.raises(jinja2.UndefinedError, match="titel"):
        environment(tmp_path).get_template("page.html.jinja").render(title="A title")


def test_the_shared_style_is_at_hand_and_a_folders_own_files_come_first(tmp_path: Path) -> None:
    templates = environment(tmp_path)
    (tmp_path / "page.html.jinja").write_text("{% include 'page.css' %}")
    assert "{" in templates.get_template("page.html.jinja").render()
    (tmp_path / "page.css").write_text("own style")
    own = environment(tmp_path).get_template("page.html.jinja").render()
    assert own == "own style"


def test_lines_of_control_alone_leave_no_trace(tmp_path: Path) -> None:
    (tmp_path / "page.html.jinja").write_text(
        "<ul>\n  {% for name in names %}\n  <li>{{ name }}\n  {% endfor %}\n</ul>"
    )
    template = environment(tmp_path).get_template("page.html.jinja")
    assert template.render(names=["a", "b"]) == "<ul>\n  <li>a\n  <li>b\n</ul>"
