"""The commands of `spuriforge`, a file each, named as the command is; `flows/cli.py` joins them."""
