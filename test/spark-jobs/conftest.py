"""Lets tests import the jobs as a driver does: by their names, from their folder."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "spark-jobs"))
