"""Forecasts of what arms will have to learn from: the parts that they share."""
