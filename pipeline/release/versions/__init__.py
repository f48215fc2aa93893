"""One release after another: numbers, differences in words and images, the changelog, the folder
that holds them all.

change = diff(shelf.find(old), shelf.find(new)); next_version("1.2.0", change.bump)
"""
