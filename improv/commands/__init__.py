"""The doors: one file per noun. A body reads its arguments, calls one action or one report, and shows the result."""
