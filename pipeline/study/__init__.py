"""A study of unlearning: conditions by seeds with their control groups, in one folder, on one page.

    from spuriforge.pipeline.study.plan import StudyRelease, StudyPlan, plan
    from spuriforge.pipeline.study.results import Results

`plan` lists the runs, `workers` does a run, `results` sums up, `sentences`, `plots` and
`page` show it; `flows/study.py` is the whole, `spuriforge study` its command.
"""
