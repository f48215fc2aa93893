"""What Croissant's extension for responsible AI asks of a data set, answered from manifest and
figures.

    properties(manifest, figures)["rai:dataLimitations"]        # the card's known limits

The names are those of Croissant RAI 1.0, and of PROV where NeurIPS asks for it beside them.
"""

from collections.abc import Mapping
from typing import Any

from . import limits
from .figures import Figures

Json = dict[str, Any]
Manifest = Mapping[str, Any]


def properties(manifest: Manifest, figures: Figures) -> Json:
    """The properties of Croissant RAI, and the two of PROV that NeurIPS asks for beside them."""
    recipe = manifest["recipe"]
    benchmarks = [name for name, _ in figures.benchmarks]
    people = f"{limits.count(figures.annotators, 'annotator')}, {limits.count(figures.judgments, 'judgment')}"
    drawn = [f"{name} ({limits.count(pairs, 'pair')})" for name, pairs in figures.generators]
    return {
        "rai:dataCollection": (
            f"Models answered {limits.count(figures.questions, 'question')} of "
            f"{limits.listed(benchmarks)}. Of "
            f"{limits.count(figures.errors, 'persistent error')} came "
            f"{limits.count(figures.candidates, 'candidate')}; "
            f"{limits.count(figures.types, 'type')} passed annotation, generation, gate, test and "
            f"check."
        ),
        "rai:dataCollectionType": ["Secondary data analysis", "Software collection"],
        "rai:dataCollectionRawData": f"Questions and images of {limits.listed(benchmarks)}.",
        "rai:dataCollectionMissingData": (
            f"{figures.pairs - figures.placebos} of {figures.pairs} pairs have no placebo image; "
            f"empty values are null."
        ),
        "rai:dataImputationProtocol": "Nothing is imputed.",
        "rai:dataPreprocessingProtocol": [
            "Images are stored byte for byte as they were made or taken over.",
            "Options are shifted so that the right answer stands under each letter about equally "
            "often.",
        ],
        "rai:dataManipulationProtocol": f"Pairs were made by {limits.listed(drawn)}.",
        "rai:dataAnnotationProtocol": _protocol(manifest, figures),
        "rai:dataAnnotationPlatform": ["Label Studio"],
        "rai:dataAnnotationAnalysis": _agreement(manifest),
        "rai:annotationsPerItem": f"{recipe['annotate']['overlap']} for each cue; {_doubled(recipe)}",
        "rai:annotatorDemographics": [f"{people}. {_who(figures)}"],
        "rai:machineAnnotationTools": sorted({recipe["gate"]["clip"], *_screeners(recipe)}),
        "rai:dataBiases": [
            "Types are the shortcuts of the models that were mined, found on the benchmarks named: "
            "no random sample.",
            *(
                f"{limits.count(types, 'type')} come from {name}."
                for name, types in figures.benchmarks
            ),
        ],
        "rai:dataLimitations": limits.limits(manifest, figures),
        "rai:dataUseCases": [
            "Evaluating vision-language models on known shortcuts.",
            "Fine-tuning models out of shortcuts.",
        ],
        "rai:dataSocialImpact": (
            "Known shortcuts can be mended before a model is trusted; who knows them can also "
            "mislead a model. A model "
            "without the shortcuts of this release is not thereby free of shortcuts."
        ),
        "rai:personalSensitiveInformation": [
            "Annotators appear under neutral names, without times.",
            f"Real images and questions are those of {limits.listed(benchmarks)}; none was "
            f"screened for people.",
        ],
        "rai:dataReleaseMaintenancePlan": (
            "Versions are never changed; CHANGELOG.md says what a new one changes; an unsound one "
            "is marked as yanked."
        ),
        "rai:hasSyntheticData": True,
        "prov:wasDerivedFrom": sorted(
            {f"{one.attribution} ({one.license})" for one in figures.owned}
        ),
        "prov:wasGeneratedBy": f"Spuriforge, by the recipe in MANIFEST.json, on errors of {', '.join(_mined(recipe))}.",
    }


def _protocol(manifest: Manifest, figures: Figures) -> list[str]:
    votes = manifest["recipe"]["annotate"]["votes"]
    said = [
        "Annotators judged each cue blind to each other, and then the pairs, image beside image.",
        f"Votes are counted by: {votes}.",
    ]
    if figures.known:
        said.append(
            f"{limits.count(figures.known, 'judgment')} are of tasks whose answer was known."
        )
    return said


def _agreement(manifest: Manifest) -> list[str]:
    return [
        f"Krippendorff's alpha, {project} judgments: {said['alpha']:.2f}."
        for project, said in sorted(manifest["agreement"].items())
        if said["alpha"] is not None
    ] or ["No alpha: too few tasks were judged by two."]


def _doubled(recipe: Json) -> str:
    return f"of the pairs a share of {recipe['annotate']['pairs_doubled']} by as many, the others by one."


def _who(figures: Figures) -> str:
    return "They are programs." if figures.all_scripted else "Nothing else about them is recorded."


def _screeners(recipe: Json) -> list[str]:
    """What proposed cues without a person: a CLIP, a judge."""
    clip = [recipe["screen"]["clip"]] if "association" in recipe["screen"]["by"] else []
    return clip + ([recipe["judge"]["name"]] if "judge" in recipe["screen"]["by"] else [])


def _mined(recipe: Json) -> list[str]:
    return [one["name"] for one in recipe["models"] if one["mine"]]
