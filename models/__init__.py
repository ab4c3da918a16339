"""The words of Conceptwire: values without behaviour, and the shape of what is stored. Imports nothing of ours."""
