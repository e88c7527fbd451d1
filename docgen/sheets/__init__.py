"""Entries as spreadsheets: what people write in cells, held against the schema and the ledger.

`docgen.sheets.cells` reads and writes .xlsx files, `docgen.sheets.columns` turns cells into bodies of
entries and back, `docgen.sheets.controls` knows the sheet of control declarations, `docgen.sheets.mapping`
other people's sheets, and `docgen.sheets.proposal` says what of it is new.  Nothing here writes a ledger.
"""
