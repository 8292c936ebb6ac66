"""Contamination: is something of a held-out set in what a model is trained on?"""
