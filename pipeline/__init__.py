"""The domain: plain functions that take records and yield records. Knows nothing of Prefect or
Label Studio.
"""
