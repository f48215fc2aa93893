"""The columns of a release, written once: name, Arrow type and meaning, config by config.

    [column.name for column in COLUMNS["pairs"]]        # ["id", "index", "type", "cluster", ...]
    COLUMNS["pairs"][0].meaning                         # "The row's key: a hash of what ..."
    SCHEMAS["pairs"].names                              # the same names, as an Arrow schema

Schemas, the features that `datasets` reads, the Croissant metadata and the documentation's
reference all come from here.
"""

from dataclasses import dataclass

import pyarrow as pa

from ..files.images import IMAGE

TEXT, INTEGER, NUMBER, TRUTH = pa.string(), pa.int64(), pa.float64(), pa.bool_()
TEXTS, NUMBERS = pa.list_(TEXT), pa.list_(NUMBER)
#: What the documentation calls each type.
TYPE_NAMES = {
    TEXT: "text",
    TEXTS: "list of texts",
    INTEGER: "integer",
    NUMBER: "number",
    NUMBERS: "list of numbers",
    TRUTH: "true or false",
    IMAGE: "image",
}

#: The letters of the paper's wide table; a question with more options is not in it.
LETTERS = "ABCD"
#: How many images with the cue the paper's wide table has beside each real one.
GROUP_SIZE = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column of one config."""

    name: str
    type: pa.DataType
    #: What its values say, in one sentence.
    meaning: str

    @property
    def type_name(self) -> str:
        """The type in plain words, say "list of texts"."""
        return TYPE_NAMES[self.type]


ID = Column("id", TEXT, "The row's key: a hash of what it was made from.")
TYPE = Column("type", TEXT, "Key of the type: a question, a cue and the option that it suggests.")
#: No file holds it: a reader knows the split from the file's name.
SPLIT = Column("split", TEXT, "The split, as the file's name says it.")

QUESTION = Column("question", TEXT, "The question.")
CHOICES = Column("choices", TEXTS, "The options, in the order in which to show them.")
ANSWER = Column("answer", TEXT, "The right option, according to the benchmark.")
ANSWER_INDEX = Column("answer_index", INTEGER, "Index of the right option in choices.")
CORE = Column("core", TEXT, "What the right answer rests on.")

CUE = Column("cue", TEXT, "What the image shows that has nothing to do with the question.")
CATEGORY = Column("category", TEXT, 'The kind of cue; "open" if a judge named it freely.')
CUE_LINKED = Column("cue_linked", TEXT, "The wrong option that the cue suggests.")

SAMPLE = Column("sample", TEXT, "Key of the question in the workspace.")
BENCHMARK = Column("benchmark", TEXT, "The benchmark that the question comes from.")
BENCHMARK_SPLIT = Column("benchmark_split", TEXT, "The benchmark's own split.")
QUESTION_ID = Column("question_id", TEXT, "The benchmark's own id of the question.")
REAL_IMAGE = Column("image", IMAGE, "The real image of the question.")
REAL_IMAGE_SHA256 = Column("image_sha256", TEXT, "sha256 of the image's bytes.")

DESCRIPTIONS = (
    Column("description_with", TEXT, "The scene with the cue, in a sentence."),
    Column("description_without", TEXT, "The scene without the cue, in a sentence."),
)
Q = Column("q", NUMBER, "p adjusted for false discoveries, or null.")
SELECTION_EFFECT = Column(
    "selection_effect",
    NUMBER,
    "The effect on the selection pairs, which decide on acceptance.",
)
INDEX = Column("index", INTEGER, "Number of the pair within its type and role.")
MODEL = Column("model", TEXT, "The model, with its revision.")
PUBLISHED = Column("published", TRUTH, "Whether it is part of pairs or anchors.")

CANARY = Column("canary", TEXT, "A sentence that marks test data: no training corpus may have it.")
LICENCE = (
    Column("license", TEXT, "Licence of the image and the question."),
    Column("attribution", TEXT, "Who made the image and the question, and where they come from."),
    CANARY,
)

#: What `pairs` and `anchors` both say about a type: question, cue, and the published effect.
TYPE_COLUMNS = (
    TYPE,
    Column("cluster", TEXT, "The cue cluster: types of one cluster are never in two splits."),
    QUESTION,
    CHOICES,
    ANSWER,
    ANSWER_INDEX,
    CUE,
    CATEGORY,
    CUE_LINKED,
    Column("cue_linked_index", INTEGER, "Index of the cue-linked option in choices."),
    CORE,
    Column("models", TEXTS, "The models on whose errors the cue was found, with their revisions."),
    Column("effect", NUMBER, "Accuracy without the cue minus accuracy with it, on release pairs."),
    Column("effect_low", NUMBER, "Lower end of the effect's 95 % interval."),
    Column("effect_high", NUMBER, "Upper end of the effect's 95 % interval."),
    Column("effect_pairs", INTEGER, "Number of pairs that the effect was measured on."),
    Column("p", NUMBER, "p of the test on selection pairs, which decided on acceptance."),
    Q,
    Column("cue_votes", INTEGER, "Number of votes on the cue."),
    Column("cue_agreement", NUMBER, "Share of the votes that agree with the cue's verdict."),
    Column("judgments_scripted", TRUTH, "Whether scripts judged instead of people."),
)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "pairs": (
        ID,
        INDEX,
        *TYPE_COLUMNS,
        Column("image_with", IMAGE, "The scene with the cue."),
        Column("image_without", IMAGE, "The scene without the cue."),
        Column(
            "image_placebo",
            IMAGE,
            "The scene with something irrelevant changed in place of the cue, or null.",
        ),
        Column("image_with_sha256", TEXT, "sha256 of the bytes of the image with the cue."),
        Column("image_without_sha256", TEXT, "sha256 of the bytes of the image without the cue."),
        Column("image_placebo_sha256", TEXT, "sha256 of the placebo image's bytes."),
        Column(
            "source_sha256",
            TEXT,
            "sha256 of the real image that was edited; null for a drawn pair.",
        ),
        Column("route", TEXT, "How the pair was made: text-to-image, inpainting or edit."),
        Column(
            "box",
            NUMBERS,
            "Where an inpainted pair was changed: left, top, right, bottom in shares of the image. "
            "Outside, its images are equal pixel for pixel. Null for other pairs.",
        ),
        Column("generator", TEXT, "The image model with its revision and settings."),
        Column("seed", INTEGER, "The generator's seed, shared by the images of a pair."),
        Column("prompt_with", TEXT, "The prompt for the image with the cue."),
        Column("prompt_without", TEXT, "The prompt for the image without the cue."),
        Column("prompt_placebo", TEXT, "The prompt for the placebo image."),
        Column("gate_cue_with", NUMBER, "Log-odds that the cue is in the image with it."),
        Column("gate_cue_without", NUMBER, "Log-odds that the cue is in the image without it."),
        Column(
            "gate_core",
            NUMBER,
            "Log-odds of the right core against the best other, the least over the images.",
        ),
        Column("gate_likeness", NUMBER, "Likeness of the two images outside the cue, 0 to 1."),
        Column("pair_votes", INTEGER, "Number of votes on the pair."),
        Column("pair_agreement", NUMBER, "Share of the votes that agree with the pair's verdict."),
        *LICENCE,
    ),
    "anchors": (
        ID,
        *TYPE_COLUMNS,
        REAL_IMAGE,
        REAL_IMAGE_SHA256,
        SAMPLE,
        BENCHMARK,
        BENCHMARK_SPLIT,
        QUESTION_ID,
        *DESCRIPTIONS,
        Column(
            "accuracy_with", NUMBER, "Accuracy of the models on the pairs' images with the cue."
        ),
        Column(
            "accuracy_without",
            NUMBER,
            "Accuracy of the models on the pairs' images without the cue.",
        ),
        Column(
            "bias_rate_with",
            NUMBER,
            "How often the models choose the cue-linked option with the cue.",
        ),
        Column(
            "bias_rate_without",
            NUMBER,
            "How often the models choose the cue-linked option without the cue.",
        ),
        Column(
            "placebo_effect",
            NUMBER,
            "Accuracy without the cue minus accuracy in the placebo arm.",
        ),
        SELECTION_EFFECT,
        Column("selection_pairs", INTEGER, "Number of selection pairs."),
        *LICENCE,
    ),
    "controls": (
        ID,
        SAMPLE,
        BENCHMARK,
        BENCHMARK_SPLIT,
        QUESTION_ID,
        QUESTION,
        CHOICES,
        ANSWER,
        ANSWER_INDEX,
        REAL_IMAGE,
        REAL_IMAGE_SHA256,
        Column(
            "cues",
            TEXTS,
            "The cues of the vocabulary that the image shows; null if it was not tagged.",
        ),
        *LICENCE,
    ),
    "spuriverse": (
        Column("image_id", TEXT, "The benchmark's own id of the question."),
        BENCHMARK,
        QUESTION,
        Column("A", TEXT, "The first option."),
        Column("B", TEXT, "The second option."),
        Column("C", TEXT, "The third option, or null."),
        Column("D", TEXT, "The fourth option, or null."),
        Column("answer", TEXT, "Letter of the right option."),
        REAL_IMAGE,
        *(
            Column(f"spurious_group_{number}", IMAGE, f"Image {number} with the cue, or null.")
            for number in range(1, GROUP_SIZE + 1)
        ),
        TYPE,
        CANARY,
    ),
    "candidates": (
        ID,
        TYPE,
        PUBLISHED,
        Column("stage", TEXT, "The last stage that the cue reached."),
        Column("reason", TEXT, "Why the cue stopped there."),
        MODEL,
        SAMPLE,
        QUESTION,
        CUE,
        CATEGORY,
        CUE_LINKED,
        Column("screener", TEXT, "The method that proposed the cue."),
        Column("errors_with_cue", INTEGER, "Errors in errors_total whose image shows the cue."),
        Column("asked_with_cue", INTEGER, "Questions in asked_total whose image shows the cue."),
        Column("errors_total", INTEGER, "Number of errors towards the cue-linked option."),
        Column("asked_total", INTEGER, "Number of questions that offer the cue-linked option."),
        Column("p", NUMBER, "p of the screener's test, or null."),
        Q,
        SELECTION_EFFECT,
        Column("selection_low", NUMBER, "Lower end of the 95 % interval of selection_effect."),
        Column("selection_high", NUMBER, "Upper end of the 95 % interval of selection_effect."),
        Column("selection_q", NUMBER, "p of the test on selection pairs, adjusted as q is."),
        Column(
            "threshold_rule",
            TRUTH,
            "Whether the cue passes the paper's rule: any model's drop is over a threshold.",
        ),
    ),
    "annotations": (
        ID,
        Column("project", TEXT, "What was judged: a cue or a pair."),
        Column("subject", TEXT, "Key of the type or pair judged."),
        TYPE,
        PUBLISHED,
        Column("annotator", TEXT, "The annotator's neutral name."),
        Column("verdict", TEXT, "The annotator's verdict."),
        Column("skipped", TRUTH, "Whether the annotator skipped the task."),
        Column("scripted", TRUTH, "Whether a script judged instead of a person."),
        Column("excluded", TRUTH, "Whether the annotator's judgments were left out."),
        Column(
            "control",
            TEXT,
            "The kind of catch trial (a task with a known answer), or null.",
        ),
        Column("cue", TEXT, "The cue in the annotator's words, or null if unchanged."),
        CORE,
        *DESCRIPTIONS,
        Column(
            "box",
            NUMBERS,
            "Where the annotator saw the cue: left, top, right, bottom in shares of the image.",
        ),
    ),
    "responses": (
        ID,
        TYPE,
        Column("pair", TEXT, "Key of the pair that was shown."),
        Column(
            "role",
            TEXT,
            "selection: decided on acceptance; release: for publication, measured anew.",
        ),
        INDEX,
        PUBLISHED,
        Column("arm", TEXT, "Which image was shown: with, without or placebo."),
        MODEL,
        Column("prompt", TEXT, "Hash of the prompt; its text is in MANIFEST.json."),
        Column("rotation", INTEGER, "By how many places the options were rotated."),
        Column("outcome", TEXT, "parsed or unparsed."),
        Column(
            "chosen",
            INTEGER,
            "Index of the option that the model chose, in the order of choices; "
            "null when unparsed.",
        ),
        Column("option", TEXT, "Text of the option that the model chose, or null."),
        Column("text", TEXT, "What the model wrote."),
        Column("correct", TRUTH, "Whether the model was right."),
        Column("linked", TRUTH, "Whether the model chose the cue-linked option."),
    ),
}

SCHEMAS: dict[str, pa.Schema] = {
    config: pa.schema([(column.name, column.type) for column in columns])
    for config, columns in COLUMNS.items()
}
