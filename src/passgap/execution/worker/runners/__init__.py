"""How a program is run and judged, one module per runner."""
