"""The Word writer: Markdown tokens in, the bytes of a .docx file out."""
