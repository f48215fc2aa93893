"""One release after another: numbers, differences in words and images, the changelog, the folder
that holds them all.

change = diff(release_folder.find(old), release_folder.find(new)); next_version("1.2.0", change.bump)
"""
