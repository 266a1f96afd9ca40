"""Stabilised Runge–Kutta with the growth of sleeping modes taken out."""
