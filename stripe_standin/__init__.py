"""Our own HTTP stand-in for Stripe's API: tests, benches and `make run` speak to it as they would to Stripe (decision 0012).

It imports none of the apps and none imports it: the site is pointed at it by address alone.
"""
