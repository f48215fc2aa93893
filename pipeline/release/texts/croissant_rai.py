"""The properties of Croissant's extension for responsible AI (RAI), from manifest and figures.

    properties(manifest, figures)["rai:dataLimitations"]        # the card's known limits

The names are those of Croissant RAI 1.0, and two of PROV that NeurIPS requires as well.
"""

from collections.abc import Mapping
from typing import Any

from . import limits
from .figures import Figures

Json = dict[str, Any]
Manifest = Mapping[str, Any]


def properties(manifest: Manifest, figures: Figures) -> Json:
    """Returns the properties of Croissant RAI and the two of PROV."""
    recipe = manifest["recipe"]
    benchmarks = [name for name, _ in figures.benchmarks]
    people = limits.count(figures.annotators, "annotator")
    judgments = limits.count(figures.judgments, "judgment")
    drawn = [f"{name} ({limits.count(pairs, 'pair')})" for name, pairs in figures.generators]
    return {
        "rai:dataCollection": (
            f"Models answered {limits.count(figures.questions, 'question')} of "
            f"{limits.listed(benchmarks)}. From "
            f"{limits.count(figures.errors, 'persistent error')} came "
            f"{limits.count(figures.candidates, 'candidate')}; "
            f"{limits.count(figures.types, 'type')} passed annotation, generation, gate, test and "
            "check."
        ),
        "rai:dataCollectionType": ["Secondary data analysis", "Software collection"],
        "rai:dataCollectionRawData": f"Questions and images of {limits.listed(benchmarks)}.",
        "rai:dataCollectionMissingData": (
            f"{figures.pairs - figures.placebos} of {figures.pairs} pairs have no placebo image; "
            "empty values are null."
        ),
        "rai:dataImputationProtocol": "Nothing is imputed.",
        "rai:dataPreprocessingProtocol": [
            "Images are stored byte for byte as they were made or copied from the benchmark.",
            "Options are shifted so that each letter is the right answer about equally often.",
        ],
        "rai:dataManipulationProtocol": f"Pairs were made by {limits.listed(drawn)}.",
        "rai:dataAnnotationProtocol": _protocol(manifest, figures),
        "rai:dataAnnotationPlatform": ["Label Studio"],
        "rai:dataAnnotationAnalysis": _agreement(manifest),
        "rai:annotationsPerItem": _per_item(recipe),
        "rai:annotatorDemographics": [f"{people}, {judgments}. {_who(figures)}"],
        "rai:machineAnnotationTools": sorted({recipe["gate"]["clip"], *_screeners(recipe)}),
        "rai:dataBiases": [
            "Types are shortcuts of the mined models on the benchmarks named here, not a random "
            "sample.",
            *(f"From {name}: {limits.count(types, 'type')}." for name, types in figures.benchmarks),
        ],
        "rai:dataLimitations": limits.limits(manifest, figures),
        "rai:dataUseCases": [
            "Evaluating vision-language models on known shortcuts.",
            "Fine-tuning models out of shortcuts.",
        ],
        "rai:dataSocialImpact": (
            "Known shortcuts can be fixed before a model is trusted; they can also be used to "
            "mislead a model. A model without the shortcuts of this release may have others."
        ),
        "rai:personalSensitiveInformation": [
            "Annotators appear under pseudonyms, without times.",
            f"Real images and questions are those of {limits.listed(benchmarks)}; none was "
            "screened for people.",
        ],
        "rai:dataReleaseMaintenancePlan": (
            "A version never changes; CHANGELOG.md lists the changes of a new version; a faulty "
            "version is marked as yanked."
        ),
        "rai:hasSyntheticData": True,
        "prov:wasDerivedFrom": sorted(
            {f"{part.attribution} ({part.license})" for part in figures.owned}
        ),
        "prov:wasGeneratedBy": (
            f"Spuriforge, by the recipe in MANIFEST.json, on errors of {', '.join(_mined(recipe))}."
        ),
    }


def _protocol(manifest: Manifest, figures: Figures) -> list[str]:
    votes = manifest["recipe"]["annotate"]["votes"]
    protocol = [
        "Annotators judged each cue without seeing each other's judgments, and then the pairs, "
        "both images side by side.",
        f"Votes are counted by: {votes}.",
    ]
    if figures.known:
        known = limits.count(figures.known, "judgment")
        protocol.append(f"Tasks with a known answer received {known}.")
    return protocol


def _agreement(manifest: Manifest) -> list[str]:
    return [
        f"Krippendorff's alpha, {project} judgments: {agreement['alpha']:.2f}."
        for project, agreement in sorted(manifest["agreement"].items())
        if agreement["alpha"] is not None
    ] or ["No alpha: too few tasks were judged by two annotators."]


def _per_item(recipe: Json) -> str:
    overlap, doubled = recipe["annotate"]["overlap"], recipe["annotate"]["pairs_doubled"]
    return (
        f"{overlap} for each cue; {overlap} for {100 * doubled:.0f} % of the pairs, 1 for the "
        "others."
    )


def _who(figures: Figures) -> str:
    return "They are programs." if figures.all_scripted else "Nothing else about them is recorded."


def _screeners(recipe: Json) -> list[str]:
    """Returns the models that proposed cues: a CLIP, a judge."""
    clip = [recipe["screen"]["clip"]] if "association" in recipe["screen"]["by"] else []
    return clip + ([recipe["judge"]["name"]] if "judge" in recipe["screen"]["by"] else [])


def _mined(recipe: Json) -> list[str]:
    return [model["name"] for model in recipe["models"] if model["mine"]]
