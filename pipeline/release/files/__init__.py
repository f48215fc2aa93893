"""Rows to Parquet files: where a split is cut, and row groups filled with images as they are
written.

files = parquet.write(folder, part, schema, Images.of(workspace), previous)
"""
