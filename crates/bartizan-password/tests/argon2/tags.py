"""Tags of the C reference implementation of Argon2: tags.py SETS TAGS.

A line of SETS is kind, version, memory in KiB, passes, lanes, salt, bytes of the tag and password, the texts in hexadecimal digits.
A line of TAGS is the tag of that set, in base64 without padding.
"""

import base64
import sys
from concurrent.futures import ThreadPoolExecutor

from argon2.low_level import Type, hash_secret_raw

KINDS = {"d": Type.D, "i": Type.I, "id": Type.ID}


def tag(line):
    kind, version, memory, passes, lanes, salt, size, password = line.split()
    raw = hash_secret_raw(
        secret=bytes.fromhex(password),
        salt=bytes.fromhex(salt),
        time_cost=int(passes),
        memory_cost=int(memory),
        parallelism=int(lanes),
        hash_len=int(size),
        type=KINDS[kind],
        version=int(version),
    )
    return base64.b64encode(raw).rstrip(b"=").decode()


def main(sets, tags):
    with open(sets) as lines, open(tags, "w") as out, ThreadPoolExecutor(4) as pool:
        for text in pool.map(tag, lines):
            print(text, file=out)


main(*sys.argv[1:])
