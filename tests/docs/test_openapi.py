# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/openapi.yaml, the table of routes in agent/flow/api.cpp and the answers of a running agent are one."""

import copy
import http.client
import json
import re
import socket
from urllib.parse import quote

import jsonschema
import pytest
import yaml

from lab.agent import REPOSITORY
from router import Router

METHODS = ("get", "post", "put", "delete", "patch")
DOCUMENT = yaml.safe_load((REPOSITORY / "docs/openapi.yaml").read_text())
SUBSCRIBER = "100.64.1.2"


def documented():
    """(method, path, operation), path as in the table of routes: v1/quarantines/*"""
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                operation = dict(item[method], parameters=item.get("parameters", []) + item[method].get("parameters", []))
                yield method.upper(), re.sub(r"{\w+}", "*", path.lstrip("/")), operation


def routed():
    text = (REPOSITORY / "agent/flow/api.cpp").read_text()
    return re.findall(r'{"(\w+)", "([^"]+)", (true|false), &Api::(\w+)(, true)?}', text)


def resolved(thing):
    if "$ref" in thing:
        name = thing["$ref"].removeprefix("#/components/").split("/")
        return DOCUMENT["components"][name[0]][name[1]]
    return thing


def strict(schema):
    """Readers must bear keys that are new to them; this test must not."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for value in list(schema.values()):
            strict(value)
    if isinstance(schema, list):
        for value in schema:
            strict(value)
    return schema


STRICT = strict(copy.deepcopy(DOCUMENT))


def check(answer, schema):
    jsonschema.validate(answer, {**schema, "components": STRICT["components"]}, cls=jsonschema.Draft202012Validator)


def schema_of(method, path, status):
    operation = next(o for m, p, o in documented() if (m, p) == (method, path))
    response = resolved(operation["responses"].get(str(status), operation["responses"]["default"]))
    return strict(copy.deepcopy(response["content"]["application/json"]["schema"]))


# The document and the source

def test_every_route_is_documented_and_nothing_else():
    assert {(m, p) for m, p, _ in documented()} == {(m, p) for m, p, *_ in routed()}
    assert len(routed()) > 10


def test_operations_are_named_after_their_functions():
    assert {(m, p, o["operationId"]) for m, p, o in documented()} == {(m, p, f) for m, p, _, f, _ in routed()}


def test_the_alert_sockets_routes_are_marked():
    assert {(m, p) for m, p, o in documented() if o.get("x-alert-socket")} == \
           {(m, p) for m, p, alert, _, _ in routed() if alert == "true"}


def test_the_portals_routes_are_marked():
    assert {(m, p) for m, p, o in documented() if o.get("x-portal-socket")} == \
           {(m, p) for m, p, _, _, portal in routed() if portal}


def test_every_query_parameter_of_the_source_is_documented_and_nothing_else():
    for method, path, operation in documented():
        source = function_text(operation["operationId"])
        names = re.search(r"check_query\(request, {([^}]*)}\)", source)
        known = set(re.findall(r'"(\w+)"', names[1])) if names else set()
        if "reason_in(request)" in source:
            known = {"reason"}
        told = {p["name"] for p in map(resolved, operation["parameters"]) if p["in"] == "query"}
        assert told == known, f"{method} {path}"


def function_text(name):
    for file in sorted((REPOSITORY / "agent/flow").glob("api*.cpp")):
        found = re.search(rf"^void Api::{name}\(.*?^}}", file.read_text(), re.M | re.S)
        if found:
            return found[0]
    raise AssertionError(f"no function Api::{name}")


def test_every_error_code_of_the_source_is_documented():
    source = (REPOSITORY / "agent/wire/answers.cpp").read_text()
    codes = set(re.findall(r'ErrorKind::\w+, "(\w+)"', source))
    http = (REPOSITORY / "agent/edge/http/service.cpp").read_text()
    codes |= set(re.findall(r'return "(\w+)";', http)) | {"config_invalid"}
    assert set(DOCUMENT["components"]["schemas"]["ErrorText"]["properties"]["code"]["enum"]) == codes


def test_every_reference_leads_somewhere():
    text = (REPOSITORY / "docs/openapi.yaml").read_text()
    for kind, name in re.findall(r'"#/components/(\w+)/(\w+)"', text):
        assert name in DOCUMENT["components"][kind]


def test_every_schema_is_one():
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


# The document and a running agent

class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("gate25", timeout=10)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self._path)


@pytest.fixture(scope="module")
def agent():
    with Router() as router:
        agent = router.agent({"volume": {"mode": "monitor"}, "limit": [{"limit": "attempts 60/hour"}],
                              "assignments": {"nat": ["203.0.113.0/24"]}, "notices": {},
                              "hook": [{"name": "tickets", "url": "http://127.0.0.1:9/", "secret_file": "/nowhere"}]})
        agent.portal = agent.socket.parent / "portal.sock"
        agent.config.write_text(agent.config.read_text().replace("[agent]\n", f'[agent]\nportal_socket = "{agent.portal}"\n', 1))
        agent.start()
        yield agent
        agent.stop()


def ask(agent, method, path, body=None, content="application/json", socket_path=None):
    connection = Connection(socket_path or agent.socket)
    if isinstance(body, (dict, list)):
        body = "\n".join(map(json.dumps, body)) if isinstance(body, list) else json.dumps(body)
    connection.request(method, path, body, {"Content-Type": content} if body else {})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, response.getheader("Content-Type"), text


NDJSON = "application/x-ndjson"
MAIL = (REPOSITORY / "tests/reports/mail-plain.eml").read_text()
# In this order: what a request makes, a later one shows. Method, path, body, status, and the route when it is not the path.
REQUESTS = [
    ("GET", "/v1/status", None, 200),
    ("POST", "/v1/quarantines", {"prefix": SUBSCRIBER}, 201),
    ("POST", "/v1/quarantines", {"prefix": "2001:db8:1000:100::2", "level": "mail", "seconds": None, "reason": "r", "ticket": "t"}, 201),
    ("POST", "/v1/quarantines", {"prefix": "192.0.2.25"}, 400),
    ("POST", "/v1/quarantines", {"prefix": SUBSCRIBER, "colour": 1}, 400),
    ("GET", "/v1/quarantines", None, 200),
    ("GET", "/v1/quarantines?level=mail&all=1", None, 200),
    ("GET", "/v1/quarantines?colour=red", None, 400),
    ("GET", f"/v1/quarantines/{SUBSCRIBER}", None, 200, "v1/quarantines/*"),
    ("GET", f"/v1/quarantines/{quote('2001:db8:1000:100::/56', safe='')}", None, 200, "v1/quarantines/*"),
    ("GET", "/v1/quarantines/999999", None, 404, "v1/quarantines/*"),
    ("POST", "/v1/exemptions", {"prefix": "100.64.2.2", "reason": "r", "owner": "o", "seconds": 60}, 201),
    ("GET", "/v1/exemptions", None, 200),
    ("POST", "/v1/alerts", {"address": "100.64.3.3", "kind": "spam", "reporter": "r", "port": 4000, "count": 3,
                            "at": "2026-01-01T00:00:00Z"}, 200),
    ("POST", "/v1/alerts", {"address": "100.64.3.3", "kind": "gossip"}, 400),
    ("POST", "/v1/alerts", [{"address": "100.64.3.4", "kind": "ham"}, {"address": "127.0.0.1", "kind": "bot"}], 200),
    ("GET", "/v1/alerts?since=2026-01-01T00:00:00Z&after=0&limit=5", None, 200),
    ("GET", "/v1/alerts?since=yesterday", None, 400),
    ("POST", "/v1/reports", [{"address": "100.64.3.5", "kind": "spam"}, {"address": "100.64.3.5", "kind": "gossip"},
                             {"event_type": "flow"}], 200),
    ("POST", "/v1/reports", MAIL, 200),
    ("POST", "/v1/reports?colour=red", MAIL, 400),
    ("GET", "/v1/notices?limit=5", None, 200),
    ("GET", "/v1/notices?decision=x", None, 400),
    ("GET", "/v1/outbox?channel=tickets&limit=5", None, 200),
    ("POST", "/v1/outbox/999999", {"outcome": "sent"}, 404, "v1/outbox/*"),
    ("POST", "/v1/outbox/1", {"outcome": "lost"}, 400, "v1/outbox/*"),
    ("GET", "/v1/inbox", None, 200),
    ("GET", "/v1/inbox?state=waiting", None, 200),
    ("GET", "/v1/inbox?state=lost", None, 400),
    ("GET", "/v1/inbox/HELD", None, 200, "v1/inbox/*"),
    ("POST", "/v1/inbox/HELD", None, 200, "v1/inbox/*"),
    ("DELETE", "/v1/inbox/HELD?reason=read", None, 200, "v1/inbox/*"),
    ("GET", "/v1/inbox/HELD", None, 200, "v1/inbox/*"),
    ("POST", "/v1/inbox/999999", None, 404, "v1/inbox/*"),
    ("DELETE", "/v1/inbox/999999", None, 404, "v1/inbox/*"),
    ("GET", "/v1/score/100.64.3.5", None, 200, "v1/score/*"),
    ("GET", "/v1/score/192.0.2.25", None, 400, "v1/score/*"),
    ("GET", "/v1/volume", None, 200),
    ("GET", f"/v1/volume?address={SUBSCRIBER}&since=1d", None, 200),
    ("GET", "/v1/volume?user=anna%40example.org", None, 200),
    ("GET", f"/v1/volume?user=anna&address={SUBSCRIBER}", None, 400),
    ("GET", "/v1/volume/top?by=attempts&per=day&limit=5", None, 200),
    ("GET", "/v1/volume/top?by=letters", None, 400),
    ("GET", "/v1/volume/spread?by=messages&per=minute&since=2d", None, 200),
    ("GET", "/v1/whatif?limit=connections%2030%2Fhour&since=7d&match=100.64.0.0%2F10&most=5", None, 200),
    ("GET", "/v1/whatif?limit=many", None, 400),
    ("GET", "/v1/config", None, 200),
    ("POST", "/v1/import", [{"prefix": "100.64.4.4", "seconds": 60}, {"prefix": "0.0.0.0/0"}], 200),
    ("GET", f"/v1/explain?src={SUBSCRIBER}&dst=198.51.100.25", None, 200),
    ("GET", "/v1/explain?src=2001:db8:1000:200::2&dst=2001:db8:25::25&port=25", None, 200),
    ("GET", f"/v1/explain?src={SUBSCRIBER}&dst=2001:db8::1", None, 400),
    ("DELETE", f"/v1/quarantines/{SUBSCRIBER}?reason=cleaned", None, 200, "v1/quarantines/*"),
    ("DELETE", f"/v1/quarantines/{SUBSCRIBER}", None, 404, "v1/quarantines/*"),
    ("DELETE", "/v1/exemptions/100.64.2.2?reason=over", None, 200, "v1/exemptions/*"),
    ("POST", "/v1/assignments", {"prefix": SUBSCRIBER, "subscriber": "anna"}, 200),
    ("POST", "/v1/assignments", {"prefix": "198.51.100.1", "subscriber": "anna"}, 400),
    ("POST", "/v1/assignments", [{"prefix": "2001:db8:1000:100::/56", "subscriber": "anna", "until": "2099-01-01T00:00:00Z"},
                                 {"prefix": "203.0.113.7", "subscriber": "bert", "ports": "1024-2047"},
                                 {"prefix": "203.0.113.7", "subscriber": "anna", "ports": "2048-4095"}, {"prefix": "here"}], 200),
    ("GET", "/v1/assignments", None, 200),
    ("GET", f"/v1/assignments?address={SUBSCRIBER}&at=2026-01-01T00:00:00Z&limit=5", None, 200),
    ("GET", "/v1/assignments?subscriber=anna&since=2026-01-01T00:00:00Z", None, 200),
    ("GET", "/v1/assignments?port=25", None, 400),
    ("GET", "/v1/sources", None, 200),
    ("GET", f"/v1/subscribers?address={SUBSCRIBER}", None, 200),
    ("GET", "/v1/subscribers?address=203.0.113.7&port=1100&at=2026-01-01T00:00:00Z", None, 200),
    ("GET", "/v1/subscribers", None, 400),
    ("PUT", "/v1/subscribers/anna", {"mail": "anna@example.org", "language": None}, 200, "v1/subscribers/*"),
    ("PUT", "/v1/subscribers/anna", {"mail": "anna"}, 400, "v1/subscribers/*"),
    ("POST", "/v1/quarantines", {"subscriber": "anna", "level": "mail"}, 201),
    ("GET", "/v1/quarantines", None, 200),
    ("GET", f"/v1/portal/state?address={SUBSCRIBER}", None, 200),
    ("GET", "/v1/portal/state?subscriber=anna", None, 200),
    ("GET", "/v1/portal/state?address=203.0.113.7&port=1100", None, 200),
    ("GET", "/v1/portal/state?address=203.0.113.7", None, 400),
    ("GET", "/v1/subscribers/anna", None, 200, "v1/subscribers/*"),
    ("GET", "/v1/subscribers/nobody", None, 404, "v1/subscribers/*"),
    ("POST", "/v1/portal/release", {"subscriber": "anna"}, 400),
    ("POST", "/v1/portal/release", {"subscriber": "anna", "confirm": True}, 200),
    ("POST", "/v1/portal/release", {"subscriber": "anna", "confirm": True}, 409),
    ("GET", "/v1/portal/state?subscriber=anna", None, 200),
    ("GET", "/v1/portal/codes/K7QF-3M2P", None, 200, "v1/portal/codes/*"),
    ("POST", "/v1/exemptions", {"subscriber": "anna", "owner": "o"}, 201),
    ("GET", "/v1/subscribers/anna", None, 200, "v1/subscribers/*"),
    ("DELETE", f"/v1/assignments?prefix={SUBSCRIBER}", None, 200),
    ("DELETE", f"/v1/assignments?prefix={SUBSCRIBER}", None, 404),
    ("DELETE", "/v1/assignments?prefix=203.0.113.7&ports=1024-2047", None, 200),
    ("DELETE", "/v1/subscribers/anna", None, 409, "v1/subscribers/*"),
    ("DELETE", "/v1/subscribers/anna?force=true", None, 200, "v1/subscribers/*"),
    ("GET", "/v1/outbox?channel=mail&limit=5", None, 200),
    ("POST", "/v1/outbox/999999", {"outcome": "sent"}, 404, "v1/outbox/*"),
    ("GET", "/v1/notices?code=K7QF-3M2P&limit=5", None, 200),
    ("GET", "/v1/history", None, 200),
    ("GET", f"/v1/history?address={SUBSCRIBER}&limit=5", None, 200),
    ("GET", "/v1/events", None, 200),
    ("POST", "/v1/reload", None, 200),
    ("GET", "/v1/status", None, 200),
    ("POST", "/v1/remove", None, 200),
    ("POST", "/v1/reload", None, 200),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=[f"{n:02} {r[0]} {r[1]} {r[3]}" for n, r in enumerate(REQUESTS)])
def test_a_real_answer_is_as_documented(agent, request_):
    method, path, body, status, *route = request_
    path = path.replace("HELD", str(agent.held)) if "HELD" in path else path
    got, content, text = ask(agent, method, path, body, NDJSON if isinstance(body, list) else "application/json")
    assert (got, content) == (status, "application/json"), text
    if body == MAIL and status == 200:
        agent.held = json.loads(text)["reports"][0]["inbox"]
        assert agent.held, text
    check(json.loads(text), schema_of(method, route[0] if route else path.lstrip("/").split("?")[0], status))


def test_every_route_was_asked():
    asked = {(r[0], r[4] if len(r) > 4 else r[1].lstrip("/").split("?")[0]) for r in REQUESTS}
    assert {(m, p) for m, p, _ in documented()} - asked == {("GET", "metrics"), ("GET", "v1/ruleset"), ("GET", "v1/inbox/*/bytes")}


def test_a_broken_configuration_is_answered_as_documented(agent):
    good = agent.config.read_text()
    agent.config.write_text(good.replace('"block"', '"blcok"'))
    try:
        status, _, text = ask(agent, "POST", "/v1/reload")
        assert status == 400
        check(json.loads(text), schema_of("POST", "v1/reload", 400))
    finally:
        agent.config.write_text(good)
        assert ask(agent, "POST", "/v1/reload")[0] == 200


@pytest.mark.parametrize("path, word", [("/metrics", "gate25_quarantines"), ("/v1/ruleset", "table inet gate25"),
                                        ("/v1/ruleset?state=0", "table inet gate25")])
def test_what_is_no_json_is_text(agent, path, word):
    status, content, text = ask(agent, "GET", path)
    assert status == 200 and content.startswith("text/plain") and word in text


def test_the_bytes_of_a_report_are_those_that_came(agent):
    status, content, text = ask(agent, "GET", f"/v1/inbox/{agent.held}/bytes")
    assert (status, content, text) == (200, "application/octet-stream", MAIL)
    status, _, text = ask(agent, "GET", "/v1/inbox/999999/bytes")
    assert status == 404
    check(json.loads(text), {"$ref": "#/components/schemas/Error"})


def test_events_are_followed(agent):
    connection = Connection(agent.socket)
    connection.request("GET", "/v1/events?follow=1")
    response = connection.getresponse()
    assert response.getheader("Content-Type").startswith("text/event-stream")
    assert ask(agent, "POST", "/v1/quarantines", {"prefix": "100.64.9.9"})[0] == 201
    event = {}
    while "data" not in event:
        key, _, value = response.readline().decode().rstrip().partition(": ")
        event[key] = value
    assert event["event"] == "quarantine"
    check(json.loads(event["data"]), {"$ref": "#/components/schemas/Event"})
    connection.close()


def test_the_alert_socket_takes_its_routes_only(agent):
    alert_socket = agent.socket.parent / "alert.sock"
    for method, path, operation in documented():
        status, _, text = ask(agent, method, "/" + path.replace("*", "1"), socket_path=alert_socket)
        if operation.get("x-alert-socket"):
            assert status != 403, f"{method} {path}: {text}"
        else:
            assert status == 403, f"{method} {path}: {text}"
            check(json.loads(text), {"$ref": "#/components/schemas/Error"})


def test_the_portals_socket_takes_its_routes_only(agent):
    for method, path, operation in documented():
        status, _, text = ask(agent, method, "/" + path.replace("*", "1"), socket_path=agent.portal)
        assert (status != 403) == bool(operation.get("x-portal-socket")), f"{method} {path}: {text}"


def test_an_unknown_place_and_a_wrong_method_are_told(agent):
    for method, path, wanted in (("GET", "/v1/nothing", 404), ("PUT", "/v1/status", 405)):
        status, _, text = ask(agent, method, path)
        assert status == wanted
        check(json.loads(text), {"$ref": "#/components/schemas/Error"})
