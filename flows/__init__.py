"""Thin Prefect flows, and the command line: when, where and how many at once, never how."""
