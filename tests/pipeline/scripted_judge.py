"""A judge or describer that fills in forms with given texts, which the schema checks."""

from collections.abc import Sequence

from pydantic import ValidationError

from spuriforge.pipeline.lvlm.interface import Usage
from spuriforge.pipeline.lvlm.structured import Form, FormReply, T


class ScriptedJudge:
    """Returns the texts in order, the last of them repeatedly; None is a call that failed."""

    id = "judge@1"

    def __init__(self, *texts: str | None) -> None:
        self.texts, self.forms = list(texts), list[Form]()

    def fill(self, forms: Sequence[Form], schema: type[T]) -> list[FormReply[T]]:
        self.forms += forms
        return [
            self._reply(self.texts.pop(0) if len(self.texts) > 1 else self.texts[0], schema)
            for _ in forms
        ]

    def _reply(self, text: str | None, schema: type[T]) -> FormReply[T]:
        if text is None:
            return FormReply("failed", None, "503 for five minutes", "")
        try:
            value = schema.model_validate_json(text, strict=True)
        except ValidationError as error:
            return FormReply(
                "rejected", None, f"malformed: {error.errors()[0]['msg']}", text, Usage(10, 5, 0.1)
            )
        return FormReply("filled", value, "", text, Usage(10, 5, 0.1))
