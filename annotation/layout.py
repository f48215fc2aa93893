"""The pieces of the labeling configs; all words here are ours, never a benchmark's.

    screen("cue", shown("question", "Question") + ...)        # a whole config

screens.css lays the pieces out by their class names.
"""

from collections.abc import Mapping
from pathlib import Path

STYLE = Path(__file__).with_name("screens.css").read_text(encoding="utf-8")
_IMAGE = (
    'zoom="true" zoomControl="true" rotateControl="false" brightnessControl="false" '
    'contrastControl="false"'
)


def screen(name: str, content: str) -> str:
    """Returns a whole labeling config: the style, and a part that fills the window."""
    return f"""<View>
  <Style>
{STYLE}  </Style>
{part(f"desk {name}", content)}
</View>"""


def part(names: str, content: str) -> str:
    """Returns a part of the screen; screens.css lays it out by its class names."""
    return f'<View className="{names}">{content}\n</View>'


def image(name: str, width: str, most: str, side: str = "left") -> str:
    """Returns a zoomable image of the task; `most` is its greatest height, `side` its alignment."""
    size = f'width="{width}" maxWidth="{width}" maxHeight="{most}" horizontalAlignment="{side}"'
    return f'\n<Image name="{name}" value="${name}" {size} {_IMAGE}/>'


def shown(name: str, title: str, names: str = "text plain") -> str:
    """Returns a titled text of the task, to read."""
    header = f'\n<Header value="{title}" size="5"/>'
    return part(names, f'{header}\n<Text name="{name}_shown" value="${name}" valueType="text"/>')


def edited(name: str, title: str, rows: int) -> str:
    """Returns a titled text of the task, to edit; Enter keeps the cursor in its field."""
    area = (
        f'name="{name}" toName="image" value="${name}" rows="{rows}" maxSubmissions="1" '
        'allowSubmit="false"'
    )
    return part("part", f'\n<Header value="{title}" size="5"/>\n<TextArea {area}/>')


def chosen(name: str, to: str, meanings: Mapping[str, str], first: int, missing: str) -> str:
    """Returns a required choice, alias -> its text, on the number keys from `first` on."""
    choices = "".join(
        f'\n<Choice value="{meaning}" alias="{alias}" hotkey="{number}"/>'
        for number, (alias, meaning) in enumerate(meanings.items(), first)
    )
    about = f'name="{name}" toName="{to}" choice="single-radio" required="true" layout="vertical"'
    return f'\n<Choices {about} requiredMessage="{missing}">{choices}\n</Choices>'
