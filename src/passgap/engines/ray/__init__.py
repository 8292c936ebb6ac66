"""Any engine that reads a model folder, once on each worker of a Ray cluster."""
