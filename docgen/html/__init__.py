"""The HTML writer: a document's tree in, one file out that needs nothing else."""
