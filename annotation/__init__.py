"""Everything Label Studio: the server, the labeling screens, push, pull."""
