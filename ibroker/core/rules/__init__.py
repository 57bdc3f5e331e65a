"""Level 2: the rules that a bericht alone decides, as pure functions of its values.

The table (schemas/regels.toml) says for each rule where it looks: at a `plaats`, with
the `velden` it reads. Its function gets those values, None for an absent field, and
gives for each time the rule is broken which of them it names, by their place among the
arguments. A rule that compares the members of a list gets the values of the list and
those of all members. `table.py` builds a `sheet.py` for each message type, which walks
a bericht once, reads the values with `record.py` and calls the functions.

The verdict is that of the official rule sheet, version 2.10.5, also where it reads a
value in its own way; `values.py` holds those readings and says why.
"""
