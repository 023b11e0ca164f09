"""What most people would write for Excel in Python: PyMySQL's streaming cursor and XlsxWriter with constant memory."""

import datetime
import json
import os
import sys
import time

import pymysql
import pymysql.cursors
import xlsxwriter

task = json.loads(sys.argv[1])
access = task["access"]
path = os.path.join(task["directory"], "xlsxwriter.xlsx")
began = time.perf_counter()
connection = pymysql.connect(
    host=access["host"],
    port=access["port"],
    user=access["user"],
    password=access["password"],
    database=access["database"],
    charset="utf8mb4",
    cursorclass=pymysql.cursors.SSCursor,
    ssl={"ca": access["tls"]["caFile"]} if "tls" in access else None,
)
workbook = xlsxwriter.Workbook(path, {"constant_memory": True, "remove_timezone": True})
sheet = workbook.add_worksheet("Bench")
date = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
rows = 0
with connection.cursor() as cursor:
    cursor.execute(task["query"])
    sheet.write_row(0, 0, [column[0] for column in cursor.description])
    for row in cursor:
        rows += 1
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(rows, column, value)
            elif isinstance(value, datetime.datetime):
                sheet.write_datetime(rows, column, value, date)
            elif value is not None:
                sheet.write_number(rows, column, value)
workbook.close()
size = os.path.getsize(path)
os.unlink(path)
print(json.dumps({"rows": rows, "bytes": size, "seconds": time.perf_counter() - began}))
