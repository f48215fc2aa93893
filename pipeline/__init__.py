"""The domain: plain functions that take records and return records.

It knows nothing of Prefect or Label Studio.
"""
