"""Fuzzing of all that reads files of others: `seeds` are small right files, `mutations` spoil them, `reading`
reads what comes out, `__main__` does so for as long as it is told, `guided` where coverage leads."""
