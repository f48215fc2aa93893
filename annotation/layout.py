"""The pieces that the labeling configs are made of; all that is said here is our own text, never a
benchmark's.

screen("cue", shown("question", "Question") + chosen(...))        # a whole config
"""

from collections.abc import Mapping
from pathlib import Path

STYLE = Path(__file__).with_name("screens.css").read_text(encoding="utf-8")
_IMAGE = 'zoom="true" zoomControl="true" rotateControl="false" brightnessControl="false" contrastControl="false"'


def screen(name: str, content: str) -> str:
    """A whole labeling config: the style, and the content in one part that fills the window."""
    return f"""<View>
  <Style>
{STYLE}  </Style>
{part(f"desk {name}", content)}
</View>"""


def part(names: str, content: str) -> str:
    """A part of the screen, to be laid out by the class names that it has in screens.css."""
    return f'<View className="{names}">{content}\n</View>'


def image(name: str, width: str, most: str, side: str = "left") -> str:
    """An image of the task's data, zoomable; `most` is its greatest height, `side` where it lies in
    its width.
    """
    size = f'width="{width}" maxWidth="{width}" maxHeight="{most}" horizontalAlignment="{side}"'
    return f'\n<Image name="{name}" value="${name}" {size} {_IMAGE}/>'


def shown(name: str, title: str, names: str = "text plain") -> str:
    """A titled text of the task's data, shown as text."""
    text = f'\n<Header value="{title}" size="5"/>\n<Text name="{name}_shown" value="${name}" valueType="text"/>'
    return part(names, text)


def edited(name: str, title: str, rows: int) -> str:
    """A titled text of the task's data, filled in, to edit; Enter does not take it out of its
    field.
    """
    area = f'name="{name}" toName="image" value="${name}" rows="{rows}" maxSubmissions="1" allowSubmit="false"'
    return part("part", f'\n<Header value="{title}" size="5"/>\n<TextArea {area}/>')


def chosen(name: str, to: str, meanings: Mapping[str, str], first: int, missing: str) -> str:
    """A choice that has to be made: alias -> its text, on the number keys from `first` on."""
    choices = "".join(
        f'\n<Choice value="{meaning}" alias="{alias}" hotkey="{number}"/>'
        for number, (alias, meaning) in enumerate(meanings.items(), first)
    )
    about = f'name="{name}" toName="{to}" choice="single-radio" required="true" layout="vertical"'
    return f'\n<Choices {about} requiredMessage="{missing}">{choices}\n</Choices>'
