"""What a release says of itself, all of it made from figures: card, data sheet, limits, plots,
Croissant, prompts.

figures = Figures.of(workspace, folder, manifest); card.texts(manifest, figures)["README.md"]
"""
