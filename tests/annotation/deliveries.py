"""Deliveries as Label Studio sends them to the webhook."""

from typing import Any

from tests.annotation.things import HOSTILE

SECRET = "s3cret-" * 6


def body(number: int = 1, **changes: object) -> dict[str, Any]:
    """What Label Studio 1.23 sends, shortened."""
    return {
        "action": "ANNOTATION_CREATED",
        "annotation": {
            "id": number,
            "result": [{"value": {"text": [HOSTILE]}}],
            "was_cancelled": False,
            "project": 3,
        },
        "project": {"id": 3, "title": "demo cue me", "task_number": 5},
        "task": {"id": 9, "data": {"key": "k", "question": HOSTILE}},
    } | changes
