"""Vision-language models: the interface, the prompts, strict answer parsing, two backends."""
