"""`ray start` whose node is reached at 127.0.0.1 and listens there alone: python -m tests.ray_node start --head ...

Ray takes 127.0.0.1 for the address that other machines reach this one by, unless told that it has no cluster, in which
case it lets no other node in: here it is told both.
"""

import sys

from ray._private import ray_constants, services
from ray.scripts.scripts import main

services.resolve_ip_for_localhost = lambda host: host
ray_constants.ENABLE_RAY_CLUSTER = True

if __name__ == "__main__":
    sys.exit(main())
