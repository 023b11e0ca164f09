"""What most people would write in Python: SQLAlchemy and PyMySQL, the csv module, a file, an upload."""

import csv
import json
import os
import re
import resource
import sys
import tempfile
import time
import urllib.request

import sqlalchemy


def peak_rss_mb():
    """Of this program: ru_maxrss may be that of the process which started it."""
    try:
        with open("/proc/self/status") as status:
            return round(int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024)
    except FileNotFoundError:
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


task = json.loads(sys.argv[1])
access = task["access"]
began = time.perf_counter()
engine = sqlalchemy.create_engine(
    sqlalchemy.engine.URL.create(
        "mysql+pymysql",
        username=access["user"],
        password=access["password"],
        host=access["host"],
        port=access["port"],
        database=access["database"],
        query={"charset": "utf8mb4"},
    ),
    # With an authority PyMySQL verifies the server's certificate and name.
    connect_args={"ssl": {"ca": access["tls"]["caFile"]}} if "tls" in access else {},
)
rows = 0
with tempfile.NamedTemporaryFile(
    "w", newline="", encoding="utf-8", delete=False, dir=task["directory"]
) as file:
    writer = csv.writer(file)
    with engine.connect().execution_options(stream_results=True) as connection:
        result = connection.execute(sqlalchemy.text(task["query"]))
        writer.writerow(result.keys())
        for row in result:
            writer.writerow(row)
            rows += 1
size = os.path.getsize(file.name)
with open(file.name, "rb") as body:
    request = urllib.request.Request(
        task["uploadUrl"], data=body, method="PUT", headers={"Content-Length": str(size)}
    )
    urllib.request.urlopen(request).read()
os.unlink(file.name)
print(
    json.dumps(
        {
            "rows": rows,
            "bytes": size,
            "seconds": time.perf_counter() - began,
            "peakRssMB": peak_rss_mb(),
        }
    )
)
