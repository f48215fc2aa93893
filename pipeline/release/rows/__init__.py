"""The rows of a release: columns, order, options' order, splits, and what is withheld.

    for part in tables.parts(workspace, recipe, settled, cluster_of): ...

A part is one split of one config. Rows are light: an image is its hash until a file is written.
"""
