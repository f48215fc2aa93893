"""Writes rows to Parquet files: cut by content, with images fetched while writing.

files = parquet.write(folder, part, schema, Images.of(workspace), previous)
"""
