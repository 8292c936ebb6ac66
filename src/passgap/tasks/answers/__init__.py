"""The program in an answer: reasoning taken out, blocks told apart, one of them chosen and completed."""
