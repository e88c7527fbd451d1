"""The document packs, shipped as `docgen.templates`: one folder of data each, and no code."""
