"""The parts of a fine-tune that are the same for every kind of job."""
