"""Versions of a release: their numbers, their differences, the changelog, the folder of them all.

change = diff(release_folder.find(old), release_folder.find(new))
next_version("1.2.0", change.bump)
"""
