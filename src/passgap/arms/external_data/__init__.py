"""Data of other origin as training examples: which of them are taken, in which form, and what is said of them."""
