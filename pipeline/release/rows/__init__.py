"""What a release holds, row for row: which columns, whose rows, in which order, in which split, and
what is withheld.

    for part in tables.parts(workspace, recipe, settled, cluster_of): ...     # a config's split with its rows

Rows are light: an image is its hash until a file is written.
"""
