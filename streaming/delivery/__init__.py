"""Where the files of a video are, for one who may watch it now.

`address_for` gives the folder whose `master.m3u8` a player opens. Who checks it and who serves it is VIDEO_DELIVERY:

- `app`         the app checks the pass in the path and serves, with ranges, from a folder or a bucket
- `nginx`       nginx checks the same pass by itself and serves from disk, or from the bucket through a cache
- `cloudfront`  CloudFront checks signed cookies and serves from the bucket
- `s3`          the app checks and leads to presigned addresses of segments; the bucket serves

A browser whose own player makes the requests (`native=True`, iPhones) cannot change addresses while it plays: it gets one
that stays, and the pass in a cookie that is renewed. docs/decisions/0020-delivery.md has the reasons.
"""

from streaming.delivery.addresses import LONGEST_S, Address, Cookie, address_for, set_cookies, signed_base
from streaming.delivery.passes import opens, sign

__all__ = ["LONGEST_S", "Address", "Cookie", "address_for", "opens", "set_cookies", "sign", "signed_base"]
