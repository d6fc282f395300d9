"""File a progress report on a task, and hand the task in when --submit is given. Python 3.9 or newer, nothing to install.

    export TRACKER_URL=https://zhenggai.example.cn
    export TRACKER_TOKEN=zg_…              # made on the page 访问令牌, with the scopes read and report
    python file_report.py W01-001-01 "已完成排查" --next "修订制度"
    python file_report.py W01-001-01 "已完成修订" --submit completed --no-evidence "材料另报"

It may be run again after any failure: the key of a request is made from what it says, so the server does it once.
Exit codes: 0 done, 1 refused (the reason is on stderr), 2 the server cannot be reached.
"""

import argparse
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

TRIES = 5  # of one request, when the server is away, busy or asks to wait


class Refused(Exception):
    """The server said no; the text says why."""


def call(method, path, body=None, headers=()):
    """One request with its tries. Returns the answer's JSON and its ETag."""
    address = os.environ["TRACKER_URL"].rstrip("/") + path
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data=data, method=method)
    request.add_header("Authorization", "Bearer " + os.environ["TRACKER_TOKEN"])
    request.add_header("Content-Type", "application/json")
    for name, value in dict(headers).items():
        request.add_header(name, value)
    for left in reversed(range(TRIES)):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer), answer.headers.get("ETag")
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if error.code not in (429, 500, 503) or not left:
                raise Refused(words(problem)) from error
            time.sleep(int(error.headers.get("Retry-After", 2)))
        except urllib.error.URLError:
            if not left:
                raise
            time.sleep(2)


def words(problem):
    """The sentences of a refusal (application/problem+json)."""
    fields = [f"  {name}：{sentence}" for name, sentence in problem.get("errors", {}).items()]
    return "\n".join([f"{problem['title']}（{problem['status']}）：{problem['detail']}", *fields])


def key_of(*parts):
    """The same report gives the same key today, so that a second run does nothing twice."""
    return hashlib.sha256("\n".join([time.strftime("%Y-%m-%d"), *parts]).encode()).hexdigest()[:40]


def find_task(number):
    """The task with this number, read alone, with the tag of the state it is in."""
    query = urllib.parse.urlencode({"q": number, "size": 200})
    page = "/api/tasks/?" + query
    while page:
        found, _ = call("GET", page)
        for row in found["results"]:
            if row["number"] == number:
                return call("GET", f"/api/tasks/{row['id']}/")
        page = found["next"] and "/api/tasks/?" + urllib.parse.urlsplit(found["next"]).query
    raise Refused(f"没有找到任务 {number}，或令牌无权查看。")


def main():
    parser = argparse.ArgumentParser(description="填报进展")
    parser.add_argument("number", help="任务编号，例如 W01-001-01")
    parser.add_argument("text", help="整改进展")
    parser.add_argument("--next", default="", help="下一步打算")
    parser.add_argument("--submit", choices=["completed", "sustained"], help="同时申请销号")
    parser.add_argument("--no-evidence", default="", help="没有佐证材料的原因")
    given = parser.parse_args()

    task, _ = find_task(given.number)
    report = {"task": task["id"], "text": given.text, "next_step": given.next}
    key = key_of("report", given.number, given.text, given.next)
    filed, _ = call("POST", "/api/progress/", report, {"Idempotency-Key": key})
    print(f"已填报：{given.number}，第 {filed['id']} 号进展，{filed['at']}")

    if given.submit:
        task, tag = call("GET", f"/api/tasks/{task['id']}/")  # the report has changed it
        if task["state"] == "active":
            claim = {"outcome": given.submit, "no_evidence": given.no_evidence}
            task, _ = call("POST", f"/api/tasks/{task['id']}/steps/submit/", claim, {"If-Match": tag})
        print(f"已申请销号：{given.number}，状态 {task['state']}")


if __name__ == "__main__":
    try:
        main()
    except Refused as why:
        sys.exit(print(why, file=sys.stderr) or 1)
    except urllib.error.URLError as why:
        sys.exit(print(f"连不上服务器：{why.reason}", file=sys.stderr) or 2)
