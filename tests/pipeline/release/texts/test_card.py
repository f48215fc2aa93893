"""Card, data sheet, citation and licence: the run's figures, and hostile texts escaped."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from spuriforge.pipeline.records import CueType
from spuriforge.pipeline.release.texts import card
from spuriforge.pipeline.release.texts.limits import limits
from spuriforge.pipeline.release.texts.markdown import cell, flat
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.pipeline.release.texts.drafts import Draft, make_draft

HOSTILE = (
    "a | b <script>alert(1)</script>\n# head\n---\n![x](http://evil.example/x.png) "
    "[y](javascript:1) `z` **b** *e* "
    "www.evil.example mail@evil.example ~~s~~ $x$ {{ 7 * 7 }} {% raw %} <!-- \\| &lt; \u202e\u2028 "
    "'q' \"q\": [1]"
)


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return make_draft(tmp_path_factory.mktemp("draft"), types=3)


def _with(draft: Draft, **changed: Any) -> dict[str, Any]:
    return draft.manifest | changed


def _parsed(text: str) -> tuple[dict[str, Any], str]:
    """The card's YAML and its Markdown."""
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), body


def _html(markdown: str) -> str:
    return (
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown)
    )


def test_the_front_matter_is_yaml_as_the_hub_reads_it(draft: Draft) -> None:
    front, _ = _parsed(card.texts(draft.manifest, draft.figures)["README.md"])
    assert front["license"] == ["cc-by-4.0", "cc0-1.0"]
    assert front["size_categories"] == ["n<1K"]
    assert front["annotations_creators"] == ["machine-generated"]
    configs = {config["config_name"]: config for config in front["configs"]}
    assert list(configs) == list(draft.manifest["rows"])
    assert [name for name, config in configs.items() if "default" in config] == ["pairs"]
    for name, config in configs.items():
        for data in config["data_files"]:
            assert list(draft.folder.glob(data["path"])), (name, data)


def test_the_card_tells_the_run_s_own_figures(draft: Draft) -> None:
    _, text = _parsed(card.texts(draft.manifest, draft.figures)["README.md"])
    for line in (
        "# tiny 1.2.0",
        "**3 shortcuts of vision-language models, each proven with 3 pairs",
        "| pairs | 9 |",
        "| mean accuracy on images with the cue | 10 % |",
        "| mean effect: accuracy without minus with the cue, on a scale from -1 to 1 | +0.80 |",
        "| candidates screened | 7 |",
        "| judgments | 30 by 2 scripted annotators |",
        "| Krippendorff's alpha (agreement, at most 1), cue judgments | 0.81 [0.70, 0.90] |",
        "| umbrella | What colour is the main object? | red | blue | 10 % | 90 % | +0.80 [+0.60, "
        "+0.95] | 0.002 |",
        "| `pairs` | cc-by-4.0 | image-model@main (15 steps, guidance 1.5) | 9 |",
        "| `anchors` | cc0-1.0 | the proving ground of Spuriforge | 3 |",
        "spuriforge release verify FOLDER",
    ):
        assert line in text
    assert draft.manifest["canary"] in text
    for picture in ("plots/effects.png", "plots/funnel.png"):
        assert f"]({picture})" in text
    assert "withheld" not in text


def test_the_data_sheet_answers_every_part_of_datasheets_for_datasets(draft: Draft) -> None:
    text = card.texts(draft.manifest, draft.figures)["DATASHEET.md"]
    parts = (
        "Motivation",
        "Composition",
        "Collection process",
        "Preprocessing, cleaning, labelling",
        "Uses",
        "Distribution",
        "Maintenance",
    )
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(parts)
    assert "3 types, 9 pairs, " in text
    assert all(f"- {cell(sentence)}" in text for sentence in limits(draft.manifest, draft.figures))


def test_no_text_has_a_hole_or_a_line_run_into_another(draft: Draft) -> None:
    for version in (None, "7.8.9"):
        for name, text in card.texts(_with(draft, version=version), draft.figures).items():
            assert "None" not in text, name
            assert not text.count("\n\n\n\n"), name
            assert text.endswith("\n"), name
            assert ("7.8.9" in text) == (version is not None and name != "LICENSE"), name
    # A table is broken by an empty line, and run into by what follows at once.
    body = card.texts(draft.manifest, draft.figures)["README.md"]
    assert _html(body).count("<table>") == 5
    assert "|" not in "".join(line for line in _html(body).splitlines() if line.startswith("<p>"))


def test_citation_names_authors_version_and_an_spdx_licence(draft: Draft) -> None:
    publish = draft.manifest["recipe"]["publish"] | {
        "authors": ["Ada Lovelace", 'G. "H": [x]'],
        "url": "https://e.org/d",
    }
    manifest = _with(draft, recipe=draft.manifest["recipe"] | {"publish": publish})
    citation = yaml.safe_load(card.texts(manifest, draft.figures)["CITATION.cff"])
    assert citation["authors"] == [{"name": "Ada Lovelace"}, {"name": 'G. "H": [x]'}]
    assert (citation["version"], citation["license"], citation["url"]) == (
        "1.2.0",
        "CC-BY-4.0",
        "https://e.org/d",
    )
    assert "license" not in yaml.safe_load(
        card.texts(manifest | {"license": "house-rules"}, draft.figures)["CITATION.cff"]
    )


def test_the_licence_says_whose_each_config_s_images_are(draft: Draft) -> None:
    text = card.texts(draft.manifest, draft.figures)["LICENSE"]
    assert text.startswith(
        "SPDX-License-Identifier: CC-BY-4.0\n\nThis data set is licensed under Creative Commons"
    )
    assert "- anchors, 3 rows: cc0-1.0; the proving ground of Spuriforge\n" in text


def test_what_is_withheld_is_counted_and_the_withheld_part_says_what_it_is(draft: Draft) -> None:
    public = card.texts(_with(draft, private={"clusters": 2, "types": 3}), draft.figures)[
        "README.md"
    ]
    assert "2 more clusters with 3 types are withheld" in public
    own = card.texts(_with(draft, private=True), draft.figures)["README.md"]
    assert "This is the withheld part of the release." in own
    assert "The split private has 0 types" in own
    assert "The split train" not in own


def test_a_large_release_s_table_is_cut_and_says_so(draft: Draft) -> None:
    many = replace(draft.figures, rows=draft.figures.rows * 100)
    text = card.texts(draft.manifest, many)["README.md"]
    assert "The table shows the first 200 of 300 types" in text
    assert text.count("| umbrella |") + text.count("| street |") + text.count("| bell |") == 200


def _say_hostile(workspace: Workspace) -> None:
    kinds = workspace.records(CueType)
    worlds.forget(workspace, "types")
    choices = (HOSTILE, *kinds[0].choices[1:])
    workspace.append(
        [
            replace(kinds[0], cue=HOSTILE, question=HOSTILE, linked=HOSTILE, choices=choices),
            *kinds[1:],
        ]
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return make_draft(
        tmp_path_factory.mktemp("hostile"),
        types=2,
        change=_say_hostile,
        authors=(HOSTILE,),
        url=HOSTILE,
    )


@pytest.mark.parametrize("name", ["README.md", "DATASHEET.md"])
def test_hostile_texts_are_shown_and_are_never_markup(hostile: Draft, name: str) -> None:
    text = card.texts(hostile.manifest, hostile.figures)[name]
    page = _html(_parsed(text)[1] if name == "README.md" else text)
    for tag in (
        "<script",
        "<a ",
        "<em>e",
        "<strong>b",
        "<s>",
        "<h1>head",
        'evil.example/x.png"',
        "<code>z",
    ):
        assert tag not in page, tag
    assert "alert(1)" in page
    assert "{{ 7 * 7 }}" in page
    # Two of its characters are invisible: they would reverse or break the line.
    assert not {"\u202e", "\u2028"} & set(text)
    # A comment breaks up addresses, which sites would turn into links.
    for address in ("http://", "www.", "mail@"):
        assert address not in text.replace("https://spdx", "")


def test_hostile_texts_leave_yaml_what_it_is(hostile: Draft) -> None:
    texts = card.texts(hostile.manifest | {"license": HOSTILE}, hostile.figures)
    citation = yaml.safe_load(texts["CITATION.cff"])
    assert citation["authors"] == [{"name": flat(HOSTILE)}]
    assert citation["url"] == flat(HOSTILE)
    front, _ = _parsed(texts["README.md"].replace("--- ![x]", "![x]"))
    assert set(front) == {
        "pretty_name",
        "license",
        "task_categories",
        "annotations_creators",
        "language",
        "source_datasets",
        "size_categories",
        "tags",
        "configs",
    }
