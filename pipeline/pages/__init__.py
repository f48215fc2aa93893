"""What the project's HTML pages share: templates, style, plots, images and number formats."""
