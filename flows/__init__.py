"""Thin Prefect flows, one file each, and the command line: when, where and how many at once; never
how.
"""
