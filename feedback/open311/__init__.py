"""An Open311 GeoReport v2 server under `/open311/v2/`: others file reports here, and follow those that the public may see.

`app` joins the parts: `services` says what can be reported and `attributes.yml` what is asked, `filing` takes requests, `requests`
shows them, `updates` tells and takes changes, `keys` says who may do what and how often, `answers` writes XML and JSON.
"""
