"""`unspun corpus`: from files of any size to scored rows, in order, in bounded memory, on many cores, and nothing lost.

run         from the arguments to a finished output: begin here
inputs      what the arguments name: sources, each of a kind
reading     a source's records, streamed, as raw bytes                       (one process)
batches     cut by position, so that a score never depends on where a run was cut
workers     many processes for what follows, in order
parsing     a raw record to text, id and kept columns, or to a failure       (many processes from here)
scoring     a batch to judged records
rows        judged records to rows of columns, encoded                       (to here)
kept        the rows so far, and a journal of how far they are good; where the next run goes on
outputs     the file of them, which becomes the output when it is complete
provenance  what an output depends on: two runs with the same key have the same output
libraries   those that may be missing
progress    what is told while a run goes on
"""
