"""The one HTTP client: auth, retries, budgets, paging, exact JSON. Authors import its names from `hub.sdk`.

config.py     what an admin may set for any HTTP connector    (light: no httpx)
urls.py       which addresses are allowed, and how they are shown
source.py     HttpSource: one request with all that belongs to it
auth.py       fixed credentials;  tokens.py  credentials that expire;  oauth1.py  signatures
throttle.py   rate, concurrency, cost and quota
retry.py      what is tried again, and when
statuses.py   status -> (error, remedy): the one table
decode.py     bytes -> JSON without losing a digit
paging.py     what a page rule is;  counted.py  by number or offset;  linked.py  by link or token
flight.py     several requests in flight, order kept
"""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
"""httpx draws its own command line in, with rich, wherever that is installed; None keeps both out of every sync."""
