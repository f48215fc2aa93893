"""The texts of a release, all made from its figures: card, data sheet, limits, plots, Croissant.

figures = Figures.of(workspace, folder, manifest)
card.texts(manifest, figures)["README.md"]
"""
