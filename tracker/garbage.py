"""How often this program looks for garbage that refers to itself: far less often than Python would.

Starting makes half a million objects that all stay, and Python would go through them again and again meanwhile: a
fifth of the time a process needs to start. Imported before anything else.
"""

import gc

gc.set_threshold(50_000)
