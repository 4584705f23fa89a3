"""`hub erase`: a person leaves the hub.

person.py    which records tell of the person, over all systems
rows.py      what becomes of them, in one transaction
files.py     what lies beside the database
again.py     when a source delivers the person once more
commands.py  `hub erase`
"""
