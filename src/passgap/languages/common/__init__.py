"""Parts that several languages share: toolchains as data, and programs read as tokens."""
