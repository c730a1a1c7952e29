"""`unspun report`: from the rows of `unspun corpus` to one page that needs nothing else.

rows           the scored rows, streamed, put together to documents
statistics     counts by status, scores, flagged shares by column
phrases        the odd phrases that come again and again, with examples
seeds          documents spun from one seed, and what differs between them
excerpts       where two wordings differ, side by side
figures        the pictures, as SVG
sections, page the page
"""
