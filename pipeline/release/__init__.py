"""A release: a Hugging Face data-set folder built from the workspace, checked, and never changed once written."""
