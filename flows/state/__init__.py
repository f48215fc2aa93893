"""What follows from a recipe and its records, without Prefect: the snapshot that every flow takes."""
