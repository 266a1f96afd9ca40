"""The closed form of quadratic problems."""
