"""Photos of reports: what is taken, where it lies, who sees it.

`photo` cleans, `files` keeps, `taking` and `waiting` bring photos to reports, `viewing` says who may see one, `approval` is what staff
decide, `pages` serves them, `sweeping` deletes what nothing refers to.
"""
