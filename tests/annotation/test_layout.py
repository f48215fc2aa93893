"""The pieces of a screen are well-formed XML, and name what they show."""

from xml.etree import ElementTree

from spuriforge.annotation.layout import STYLE, chosen, edited, image, screen, shown


def test_the_style_has_nothing_that_xml_would_change() -> None:
    assert not set("<>&") & set(STYLE)


def test_a_screen_holds_its_pieces_in_order() -> None:
    pieces = image("picture", "90%", "300px") + shown("question", "Question")
    root = ElementTree.fromstring(screen("cue", pieces + edited("core", "Core", 2)))
    assert [element.get("value") for element in root.iter() if element.get("name")] == [
        "$picture",
        "$question",
        "$core",
    ]
    assert [view.get("className") for view in root.iter("View")][1] == "desk cue"
    assert {header.get("value") for header in root.iter("Header")} == {"Question", "Core"}


def test_choices_take_the_number_keys_from_the_first_on() -> None:
    group = ElementTree.fromstring(
        chosen("verdict", "image", {"good": "Good", "bad": "Bad"}, 3, "Please choose.")
    )
    assert [
        (choice.get("alias"), choice.get("value"), choice.get("hotkey")) for choice in group
    ] == [("good", "Good", "3"), ("bad", "Bad", "4")]
    assert (group.get("required"), group.get("requiredMessage")) == ("true", "Please choose.")
