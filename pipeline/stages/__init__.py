"""Pure steps: values in, values out. No clock, no chance, no file, no log."""
