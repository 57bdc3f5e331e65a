"""Level 2: the rules that a bericht alone decides, as pure functions per place.

Each function takes the `Klasse` at its place and the `Kader` of the bericht and gives
one tuple of elements for each time the rule is broken; `rules/table.py` ties them to
ids, message types and texts of schemas/regels.toml.

The verdict is that of the official rule sheet, version 2.10.5, also where it reads a
value in its own way; `values.py` holds those readings and says why.
"""
