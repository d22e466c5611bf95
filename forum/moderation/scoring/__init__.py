"""The model scorers and how they run: built-in encoder, Detoxify, and the process that keeps them apart."""
