"""The same examples in every run; and a library's own warning at its import, which is not ours to mend."""

import warnings

from hypothesis import settings

settings.register_profile("same every time", derandomize=True, database=None, deadline=None, max_examples=60)
settings.load_profile("same every time")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # trafilatura imports urllib3's SOCKS support, which warns where PySocks is missing
    import trafilatura  # noqa: F401
