"""The tests: mirrors of the packages, outside vectors, properties, whole programs."""
