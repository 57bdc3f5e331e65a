"""Level 2: the rules that a bericht alone decides, as pure functions per place.

The table (schemas/regels.toml) says for each rule where it looks: at a `plaats`, with
the `velden` it reads. Its function gets those elements, None for an absent one, and
gives one tuple of elements for each time the rule is broken. A rule that compares the
members of a list gets the list and all its members. `sheet.py` walks a bericht once and
calls them; `table.py` builds the sheets from the data.

The verdict is that of the official rule sheet, version 2.10.5, also where it reads a
value in its own way; `values.py` holds those readings and says why.
"""
