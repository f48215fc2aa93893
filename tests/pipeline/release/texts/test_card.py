"""The texts of a release: every number from the run, every word from outside harmless, every limit
that the run has.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from spuriforge.pipeline.records import CueType, GateResult, Judgment
from spuriforge.pipeline.release.texts import card
from spuriforge.pipeline.release.texts.limits import limits
from spuriforge.pipeline.release.texts.markdown import cell, flat
from spuriforge.pipeline.workspace import Workspace
from tests import worlds
from tests.pipeline.release.texts.drafts import Draft, made

HOSTILE = (
    "a | b <script>alert(1)</script>\n# head\n---\n![x](http://evil.example/x.png) "
    "[y](javascript:1) `z` **b** *e* "
    "www.evil.example mail@evil.example ~~s~~ $x$ {{ 7 * 7 }} {% raw %} <!-- \\| &lt; \u202e\u2028 "
    "'q' \"q\": [1]"
)


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return made(tmp_path_factory.mktemp("draft"), types=3)


def _with(one: Draft, **changed: Any) -> dict[str, Any]:
    return one.manifest | changed


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
    configs = {one["config_name"]: one for one in front["configs"]}
    assert list(configs) == list(draft.manifest["rows"])
    assert [name for name, one in configs.items() if "default" in one] == ["pairs"]
    for name, one in configs.items():
        for data in one["data_files"]:
            assert list(draft.folder.glob(data["path"])), (name, data)


def test_the_card_tells_the_run_s_own_figures(draft: Draft) -> None:
    _, text = _parsed(card.texts(draft.manifest, draft.figures)["README.md"])
    for line in (
        "# tiny 1.2.0",
        "**3 shortcuts of vision-language models, each proven with 3 pairs",
        "| pairs | 9 |",
        "| mean accuracy with the cue | 10 % |",
        "| mean effect (accuracy without minus with) | +0.80 |",
        "| candidates screened | 7 |",
        "| judgments | 30 by 2 scripted annotators |",
        "| Krippendorff's alpha, cue judgments | 0.81 [0.70, 0.90] |",
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
    assert all(f"- {cell(one)}" in text for one in limits(draft.manifest, draft.figures))


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
    told = _with(draft, recipe=draft.manifest["recipe"] | {"publish": publish})
    said = yaml.safe_load(card.texts(told, draft.figures)["CITATION.cff"])
    assert said["authors"] == [{"name": "Ada Lovelace"}, {"name": 'G. "H": [x]'}]
    assert (said["version"], said["license"], said["url"]) == (
        "1.2.0",
        "CC-BY-4.0",
        "https://e.org/d",
    )
    assert "license" not in yaml.safe_load(
        card.texts(told | {"license": "house-rules"}, draft.figures)["CITATION.cff"]
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
    assert "The first 200 of 300 types are shown" in text
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
    return made(
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
    # Two of its marks are of no alphabet: they would turn the line round, or break it where no one
    # sees it.
    assert not {"\u202e", "\u2028"} & set(text)
    # What sites make links of is broken by a comment.
    for address in ("http://", "www.", "mail@"):
        assert address not in text.replace("https://spdx", "")


def test_hostile_texts_leave_yaml_what_it_is(hostile: Draft) -> None:
    texts = card.texts(hostile.manifest | {"license": HOSTILE}, hostile.figures)
    said = yaml.safe_load(texts["CITATION.cff"])
    assert said["authors"] == [{"name": flat(HOSTILE)}]
    assert said["url"] == flat(HOSTILE)
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


@pytest.mark.parametrize(
    "text",
    ["a|b", "\\|", "x\\", "*a*", "_a_", "#1", "<b>", "&amp;", "~~a~~", "$a$", "`a`", "[a](b)"],
)
def test_what_is_escaped_reads_as_it_was(text: str) -> None:
    page = _html(f"| x | y |\n|---|---|\n| {cell(text)} | z |\n")
    shown = page.split("<td>")[1].split("</td>")[0]
    for mark, plain in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        shown = shown.replace(mark, plain)
    assert shown == text


# --- known limits ---------------------------------------------------------------------------------


def _few_kept(workspace: Workspace) -> None:
    """Nine in ten of the pairs made were let go."""
    kept = workspace.records(GateResult)
    workspace.append(
        [
            replace(
                one, key=f"{one.key}{n}", pair=f"{one.pair}{n}", kept=False, reason="no cue in it"
            )
            for one in kept
            for n in range(9)
        ]
    )


def _by_people(workspace: Workspace) -> None:
    judged = workspace.records(Judgment)
    worlds.forget(workspace, "judgments")
    workspace.append([replace(one, scripted=one.annotator == "Ada") for one in judged])


def _says(one: Draft, sentence: str) -> bool:
    return any(said.startswith(sentence) for said in limits(one.manifest, one.figures))


@pytest.mark.parametrize(
    "sentence",
    [
        "The judgments are scripted; they stand in for people",
        "Only 2 annotators took part.",
        "Only 2 models answered the pairs (subject-a@main, subject-b@main).",
        "The cues were found on the errors of subject-a@main, subject-b@main",
        "One generator drew every pair (image-model@main (15 steps, guidance 1.5))",
        "All pairs are text-to-image",
        "Every answer was asked for under one prompt",
        "All types come from one benchmark, proving-ground.",
        "Means over 3 types hang on single types.",
    ],
)
def test_the_run_s_limits_are_told(draft: Draft, sentence: str) -> None:
    assert _says(draft, sentence)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_by_people, "5 of 10 judgments are scripted, not a person's."),
        (_few_kept, "The gate kept only 10% of the 60 pairs made, mostly for this: no cue in it"),
    ],
)
def test_limits_follow_the_run(
    tmp_path: Path, change: Callable[[Workspace], None], sentence: str
) -> None:
    assert _says(made(tmp_path, types=1, change=change), sentence)


def test_low_and_missing_agreement_threshold_rule_and_missing_controls_are_told(
    draft: Draft,
) -> None:
    recipe = draft.manifest["recipe"]
    rule = recipe | {"verify": recipe["verify"] | {"rule": "threshold"}}
    said = limits(
        _with(draft, recipe=rule, agreement={"cue": {"alpha": 0.4, "low": 0.2, "high": 0.6}}),
        draft.figures,
    )
    assert any("alpha is 0.40, and below 0.667" in one for one in said)
    assert "How far annotators agree on pairs is not known: too few were judged by two." in said
    assert any("accepted by a threshold on any model's drop" in one for one in said)
    there = sum(number for _, number in draft.figures.controls)
    assert (
        f"There are {there} controls, and 30 were wanted: the benchmarks had no more that fit."
        in said
    )


def test_wide_and_empty_intervals_are_told(draft: Draft) -> None:
    row = draft.figures.rows[0]
    rows = (row | {"effect_low": -0.1, "effect_high": 0.7}, *draft.figures.rows[1:])
    said = limits(draft.manifest, replace(draft.figures, rows=rows))
    assert "1 type of 3 have an interval wider than 0.5 around the effect." in said
    assert "For 1 type the interval includes zero: the effect may be none." in said


def test_a_run_without_these_faults_has_few_limits(draft: Draft) -> None:
    rows = tuple(
        row | {"split": split}
        for row in draft.figures.rows
        for split in ("train", "validation", "test")
        for _ in range(5)
    )
    sound = replace(
        draft.figures,
        rows=rows,
        scripted=0,
        annotators=3,
        models=("a", "b", "c"),
        prompts=2,
        excluded=0,
        routes=(("inpainting", 5), ("text-to-image", 4)),
        generators=(("x", 5), ("y", 4)),
        benchmarks=(("p", 5), ("q", 4)),
        controls=(("p", 10_000),),
        placebos=draft.figures.pairs,
    )
    recipe = draft.manifest["recipe"] | {"benchmarks": [{"kind": "table"}]}
    assert [
        one.split(":")[0].split(";")[0] for one in limits(_with(draft, recipe=recipe), sound)
    ] == [
        "Pair images are generated",
        "The cues were found on the errors of subject-a@main, subject-b@main",
        "Types by benchmark",
    ]
