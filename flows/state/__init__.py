"""What follows from a recipe and its records, without Prefect, as a frozen snapshot."""
