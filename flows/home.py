"""Where the local servers keep their files, in the folder that a command runs in."""

from pathlib import Path

HOME = Path(".spuriforge")
#: The embedded Label Studio's data, accounts and log.
LABEL_STUDIO = HOME / "label-studio"
