#!/usr/bin/env python3
"""A stand-in for the Sluice server: the page, and the part of its API that the page uses, on made-up data.

    mock_server.py [--port 8099] [--mode calm|attack|redis|empty|huge] [--token SECRET] [--no-admin]
                   [--show-callers] [--replay SECONDS] [--rate SUMMARIES_A_SECOND]

While it runs, GET /mock/mode?name=attack, GET /mock/stream?state=off and ?state=on change it.
Standard library only.
"""

import argparse
import functools
import hashlib
import json
import math
import pathlib
import random
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = pathlib.Path(__file__).resolve().parents[2] / "Sources/SluiceServer/Dashboard/Page"
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
FILES = {"/": ("dashboard.html", "text/html; charset=utf-8"),
         "/dashboard.css": ("dashboard.css", "text/css; charset=utf-8"),
         "/dashboard.js": ("dashboard.js", "text/javascript; charset=utf-8")}


class Rule:
    """A rule with its totals: `rate` decisions a second, of which `denies` are denied, callers using `use` of it."""

    def __init__(self, policy, name, limit, by, rate=0.0, denies=0.0, use=0.3, mode="enforce", can_ban=False,
                 shadow=0.0):
        self.policy, self.name, self.limit, self.by = policy, name, limit, by
        self.rate, self.denies, self.use, self.mode, self.can_ban, self.shadow = rate, denies, use, mode, can_ban, shadow
        self.allowed = self.denied = self.impossible = self.shadow_denied = self.degraded = 0
        self.counts = [0] * 8
        self.spread, self.pressed = self.spreads(0), self.spreads(3)

    def spreads(self, at_the_limit):
        shares = [math.exp(-abs((bucket + 0.5) / 8 - self.use) * 6) for bucket in range(8)]
        shares[7] += at_the_limit
        return [share / sum(shares) for share in shares]

    def step(self, random_, wave, extra_denies, degraded):
        decisions = self.rate * wave * random_.uniform(0.85, 1.15)
        whole = int(decisions) + (random_.random() < decisions % 1)
        share = min(0.98, self.denies * random_.uniform(0.7, 1.3) + extra_denies)
        denied = int(whole * share + random_.random())
        denied = min(denied, whole)
        self.denied += denied
        if denied and random_.random() < 0.02:
            self.denied -= 1
            self.impossible += 1
        self.allowed += whole - denied
        self.shadow_denied += int(self.shadow * wave + random_.random()) if self.shadow else 0
        self.degraded += whole if degraded else 0
        left = whole - denied
        if left:
            spread, dither = self.pressed if share > 0.05 else self.spread, random_.random()
            for bucket in range(8):
                self.counts[bucket] += int(left * spread[bucket] + dither)

    def row(self):
        return {"policy": self.policy, "rule": self.name, "mode": self.mode, "limit": self.limit,
                "can_ban": self.can_ban, "allowed": self.allowed, "denied": self.denied,
                "impossible": self.impossible, "shadow_denied": self.shadow_denied, "degraded": self.degraded,
                "use": list(self.counts)}


def sample_rules(calm=True):
    busy = 1 if calm else 1.6
    return [
        Rule("chat", "flood", "5 per 10s", ["user"], 84 * busy, 0.012, 0.35),
        Rule("chat", "hourly", "20 per 1h", ["user"], 22, 0.004, 0.55),
        Rule("chat", "room", "100 per 1m", ["chat"], 31, 0.0, 0.2),
        Rule("chat", "repeats", "1 per 2s", ["user", "text"], 6, 0.05, 0.95),
        Rule("chat", "command", "1 per 10s", ["user", "command"], 3.2, 0.02, 0.95),
        Rule("chat", "busy", "7 at once", [], 4, 0, 0.45),
        Rule("chat", "vip", "50 per 10s", ["user"], 0, 0, 0.1, mode="shadow", shadow=0.4 * busy),
        Rule("api", "", None, [], 12),
        Rule("api", "client", "100 per 1m, burst 20", ["ip"], 140 * busy, 0.0, 0.25),
        Rule("api", "search", "10 per 1m", ["ip"], 9, 0.01, 0.6),
        Rule("api", "uploads", "1000 per day", ["ip"], 1.5, 0, 0.05),
        Rule("login", "tries", "5 per 15m", ["ip"], 1.2, 0.02, 0.3, can_ban=True),
    ]


def huge_rules():
    random_ = random.Random(7)
    words = ["read", "write", "search", "upload", "login", "export", "webhook", "notify", "render", "sync"]
    return [Rule(f"tenant-{1 + i // 10:02}", words[i % 10], f"{random_.choice([5, 10, 60, 100, 500])} per "
                 f"{random_.choice(['1s', '10s', '1m', '1h'])}", ["tenant", "user"], random_.uniform(0.1, 60),
                 random_.choice([0, 0, 0, 0, 0.002, 0.03]), random_.uniform(0.1, 0.9),
                 mode=random_.choice(["enforce"] * 8 + ["shadow", "log"]), can_ban=i % 10 == 4) for i in range(200)]


class World:
    """Everything the summaries tell, one second at a time."""

    def __init__(self, mode="calm", shows_callers=True, start=None, seed=1):
        self.random = random.Random(seed)
        self.mode, self.shows_callers = mode, shows_callers
        self.time = self.opened = start or time.time()
        self.begun = self.time - (0 if mode == "empty" else 86_400 * 3 + 4_000)
        self.rules = huge_rules() if mode == "huge" else sample_rules(mode == "calm")
        if mode == "empty":
            for rule in self.rules:
                rule.rate = rule.shadow = 0
        self.overrides, self.banned = [], set()
        self.seconds = 0
        self.load_time = self.time - 5_000
        self.reloads = 3 if mode != "empty" else 0
        if mode != "empty":
            for _ in range(300):
                self.step(advance=False)
            for rule in self.rules:
                for name in ("allowed", "denied", "shadow_denied", "impossible"):
                    setattr(rule, name, getattr(rule, name) * 700)
                rule.counts = [count * 700 for count in rule.counts]

    @property
    def on_redis(self):
        return self.mode == "redis"

    def wave(self, at):
        return 1 + 0.35 * math.sin(at / 137) + 0.1 * math.sin(at / 17)

    def attack(self, at):
        """How much of the traffic of chat/flood and login/tries is attackers', 0 … 1."""
        if self.mode != "attack":
            return 0
        return 0.75 + 0.1 * math.sin(at / 11) if self.opened - at < 170 else 0

    def step(self, advance=True):
        if advance:
            self.time += 1
            self.seconds += 1
        wave, attack = self.wave(self.time), self.attack(self.time)
        for rule in self.rules:
            target = attack and (rule.policy, rule.name) in {("chat", "flood"), ("login", "tries")}
            rule.step(self.random, wave * (3 if target else 1), attack if target else 0,
                      self.on_redis and rule.policy == "api" and rule.name == "search")
        now = self.time
        self.overrides = [override for override in self.overrides if override["until"] > now]

    def history(self):
        points, end = [], int(self.time)
        if self.mode == "empty":
            return {"step": 10, "points": []}
        for at in range(end - end % 10 - 3590, end - end % 10 + 10, 10):
            if 1500 < end - at < 1800:
                continue
            rate = sum(rule.rate for rule in self.rules) * self.wave(at) * self.random.uniform(0.97, 1.03)
            attack = self.attack(at)
            denied = rate * 0.01 + (84 * 1.6 * 3 * attack if attack else 0)
            p50, p99 = self.latency(at)
            points.append([at, round(rate, 2), round(denied, 2), p50, p99])
        return {"step": 10, "points": points}

    def latency(self, at):
        scale = (420e-6 if self.on_redis else 0.24e-6) * (1 + 0.2 * math.sin(at / 60))
        return scale, scale * (9 + 4 * math.sin(at / 31) + self.random.uniform(-1, 1))

    def summary(self):
        p50, p99 = self.latency(self.time)
        idle = self.mode == "empty"

        def percentiles(name, scale, count):
            if idle:
                return {"name": name, "count": 0, "p50": None, "p90": None, "p99": None, "p999": None}
            return {"name": name, "count": count, "p50": p50 * scale, "p90": p50 * scale * 3, "p99": p99 * scale,
                    "p999": p99 * scale * 2.4}
        latency = [percentiles("decision", 1, 3_100), percentiles("http", 60 if not self.on_redis else 1.2, 1_900),
                   percentiles("resp", 20 if not self.on_redis else 1.1, 1_200)]
        if self.on_redis:
            latency.append(percentiles("store", 0.9, 3_000))
        decided = sum(rule.allowed + rule.denied for rule in self.rules)
        return {
            "time": round(self.time, 3), "uptime": round(self.time - self.begun, 1), "version": "0.1.0",
            "store": "redis-cluster" if self.on_redis else "memory", "shows_callers": self.shows_callers,
            "rules": [rule.row() for rule in self.rules],
            "latency": latency,
            "transports": [{"name": "http", "connections": 0 if idle else 41, "refused": 0, "requests": decided // 2, "errors": 0},
                           {"name": "resp", "connections": 0 if idle else 8, "refused": 2 if self.mode == "attack" else 0,
                            "requests": decided - decided // 2, "errors": 0 if idle else 17}],
            "cells": None if self.on_redis else {"held": 0 if idle else 412_345 + self.seconds * 3 % 10_000,
                                                 "limit": 16_777_216, "bytes": 34_603_008, "dropped": 0},
            "nodes": self.nodes(), "breakers": [{"name": n["node"], "state": n["breaker"]} for n in self.nodes()],
            "leases": [] if self.mode == "huge" else [{"policy": "chat", "rule": "busy", "limit": 7,
                       "held": 0 if idle else 3 + int(2 * math.sin(self.time / 9))}],
            "process": {"cpu_seconds": round(self.seconds * 0.12, 2), "resident_bytes": 61_800_000 + self.seconds % 600 * 2_000,
                        "open_files": 71, "threads": 3},
            "load": {"time": self.load_time, "succeeded": self.mode != "attack", "seconds": 0.0021,
                     "message": "sluice.yaml:14:9: unknown key 'limt' (did you mean 'limit'?)" if self.mode == "attack" else None,
                     "policies": len({rule.policy for rule in self.rules}), "rules": len(self.rules), "reloads": self.reloads,
                     "failures": 1 if self.mode == "attack" else 0},
            "callers": self.callers(20), "overrides": self.overrides}

    def nodes(self):
        if not self.on_redis:
            return []
        half = self.seconds % 40 > 34
        return [{"node": "10.0.0.11:6379", "ready": 2, "lanes": 2, "queue": self.random.randrange(9), "breaker": "closed",
                 "memory": 812_000_000, "memory_limit": 2_147_483_648, "errors": 0},
                {"node": "10.0.0.12:6379", "ready": 2, "lanes": 2, "queue": self.random.randrange(9), "breaker": "closed",
                 "memory": 790_000_000, "memory_limit": 2_147_483_648, "errors": 3},
                {"node": "10.0.0.13:6379", "ready": 0, "lanes": 2, "queue": 0, "breaker": "half-open" if half else "open",
                 "memory": 0, "memory_limit": 0, "errors": 912 + self.seconds}]

    def callers(self, limit, policy=None, rule_name=None):
        rows = []
        for rule in self.rules:
            if rule.denied == 0 or (policy and rule.policy != policy) or (rule_name and rule.name != rule_name):
                continue
            keys = rule.by or ["user"]
            for rank in range(6):
                name = " ".join(f"{key}={self.value(key, rule.policy + rule.name, rank)}" for key in keys)
                denied = int(rule.denied * 0.5 / (rank + 1) ** 1.6)
                if denied:
                    shown = name if self.shows_callers else hashlib.sha256(name.encode()).hexdigest()[:16]
                    rows.append({"policy": rule.policy, "rule": rule.name, "caller": shown, "denied": denied,
                                 "error": min(denied, rank * 3)})
        rows.sort(key=lambda row: -row["denied"])
        return rows[:limit]

    @staticmethod
    @functools.cache
    def value(key, rule, rank):
        number = int(hashlib.sha256(f"{rule}{key}{rank}".encode()).hexdigest()[:5], 16)
        if key == "ip":
            return f"203.0.113.{number % 250}"
        if key == "text":
            return ["<b>buy now</b> & win", "hello", "ok", "same again", "+1", "gm"][rank]
        return {"chat": f"-100{number}", "command": ["/start", "/help", "/stats"][rank % 3]}.get(key, str(number))


class Problem(Exception):
    def __init__(self, status, detail):
        super().__init__(detail)
        self.status, self.detail = status, detail


class Mock(ThreadingHTTPServer):
    """The server; `mode`, `token`, `admin` and `streaming` may be changed while it runs."""

    daemon_threads = True

    def __init__(self, port=0, mode="calm", token=None, admin=True, shows_callers=True, replay=0, rate=1440):
        super().__init__(("127.0.0.1", port), Handler)
        self.token, self.admin, self.replay, self.rate = token, admin, replay, rate
        self.streaming, self.stopping = True, False
        self.ticked = threading.Condition()
        self.set_mode(mode, shows_callers)
        self.used = {}
        threading.Thread(target=self.tick, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"

    def start(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.stopping = True
        self.shutdown()
        self.server_close()

    def set_mode(self, mode, shows_callers=True):
        self.world = World(mode, shows_callers)

    def tick(self):
        while not self.stopping:
            time.sleep(1 - time.time() % 1)
            with self.ticked:
                self.world.step()
                self.world.time = time.time()
                self.ticked.notify_all()

    def handle_error(self, request, client_address):
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.answer("POST")

    def do_DELETE(self):
        self.answer("DELETE")

    def answer(self, method):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        try:
            if url.path in FILES:
                return self.file(*FILES[url.path])
            if url.path == "/healthz":
                return self.json({"status": "ok"})
            if url.path.startswith("/mock/"):
                return self.control(url.path, query)
            self.authorize()
            handler = ROUTES.get((method, url.path))
            if handler is None:
                raise Problem(404, f"there is no {method} {url.path}")
            handler(self, json.loads(text) if text else query)
        except Problem as problem:
            title = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable"}[problem.status]
            body = {"type": "about:blank", "title": title, "status": problem.status, "detail": problem.detail}
            self.json(body, problem.status, "application/problem+json")

    def authorize(self):
        if self.server.token and self.headers.get("Authorization") != f"Bearer {self.server.token}":
            raise Problem(401, "This needs a user's secret: send it as 'Authorization: Bearer SECRET'.")

    def file(self, name, type_):
        body = (PAGE / name).read_bytes()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        matches = self.headers.get("If-None-Match") == tag
        self.send_response(304 if matches else 200)
        self.send_header("ETag", tag)
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        if not matches:
            self.send_header("Content-Type", type_)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not matches:
            self.wfile.write(body)

    def json(self, value, status=200, type_="application/json"):
        body = json.dumps(value).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Bearer realm="sluice", Basic realm="sluice"')
        self.send_header("Content-Type", type_)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def lines(self, rows):
        body = "".join(json.dumps(row) + "\n" for row in rows).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def control(self, path, query):
        if path == "/mock/mode":
            self.server.set_mode(query["name"])
        elif path == "/mock/stream":
            self.server.streaming = query["state"] == "on"
        self.json({})

    # The event stream

    def events(self, query):
        server = self.server
        if "x-ndjson" in (self.headers.get("Accept") or ""):
            return self.lines(self.denied_decisions(query))
        if not server.streaming:
            raise Problem(503, "the server is stopping")
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            if server.replay:
                self.replay()
            else:
                self.live()
        except OSError:
            pass

    def send_event(self, name, value):
        self.wfile.write(f"event: {name}\ndata: {json.dumps(value)}\n\n".encode())

    def live(self):
        server = self.server
        self.send_event("history", server.world.history())
        self.send_event("summary", server.world.summary())
        while server.streaming and not server.stopping:
            with server.ticked:
                server.ticked.wait(2)
                summary = server.world.summary()
            self.send_event("summary", summary)

    def replay(self):
        """Summaries of `replay` seconds, `rate` of them a second, as if the time since then went by."""
        world = World(self.server.world.mode, start=time.time() - self.server.replay)
        self.send_event("history", world.history())
        begun, sent = time.monotonic(), 0
        while sent < self.server.replay and not self.server.stopping:
            due = min(self.server.replay, int((time.monotonic() - begun) * self.server.rate))
            while sent < due:
                world.step()
                if sent % 10 == 0:
                    summary = world.summary()
                summary |= {"time": world.time, "uptime": world.time - world.begun, "rules": [rule.row() for rule in world.rules]}
                self.send_event("summary", summary)
                sent += 1
            time.sleep(0.01)
        while not self.server.stopping:
            time.sleep(1)
            world.step()
            self.send_event("summary", world.summary())

    def denied_decisions(self, query):
        world, rows = self.server.world, []
        for index in range(12):
            caller = world.callers(20, query.get("policy"), query.get("rule"))
            if not caller:
                break
            row = caller[index * 5 % len(caller)]
            rows.append({"time": world.time - 12 + index, "policy": row["policy"], "rule": row["rule"], "outcome": "denied",
                         "caller": row["caller"], "cost": 1, "limit": 5, "remaining": 0, "retry_after": 1.5 + index / 10,
                         "degraded": False})
        return rows

    # The other calls

    def callers(self, query):
        rows = self.server.world.callers(int(query.get("limit", 100)), query.get("policy"), query.get("rule"))
        if query.get("include_details") == "true":
            total = sum(row["denied"] for row in rows) or 1
            for rank, row in enumerate(rows):
                row |= {"last_denied": self.server.world.time - rank * 7, "share": round(row["denied"] / total, 3)}
        self.lines(rows)

    def whoami(self, query):
        roles = ["check", "metrics"] + (["admin"] if self.server.admin else [])
        self.json({"user": "alice" if self.server.token else None, "roles": roles, "admin": self.server.admin})

    def policies(self, query):
        policies = {}
        for rule in self.server.world.rules:
            rules = policies.setdefault(rule.policy, [])
            if rule.name:
                row = {"name": rule.name, "by": rule.by, "mode": rule.mode,
                       "limit": {"algorithm": "token-bucket", "count": 5, "burst": 5, "period": 10}}
                if rule.name == "command":
                    row["when"] = {"command": ["*"]}
                if rule.name == "search":
                    row["when"] = {"path": ["/search", "/search/*"]}
                rules.append(row)
        self.json({"policies": [{"name": name, "strict": False, "on_store_failure": "local", "rules": rules}
                                for name, rules in policies.items()]})

    def rules_of(self, body):
        rules = [rule for rule in self.server.world.rules if rule.policy == body.get("policy") and rule.name]
        if not rules:
            raise Problem(404, f"unknown policy '{body.get('policy')}' (did you mean 'chat'?)")
        return rules

    def decide(self, body, charge):
        rules = self.rules_of(body)
        descriptor, cost = body.get("descriptor", {}), int(body.get("cost", 1))
        key = json.dumps([body["policy"], descriptor])
        used = self.server.used.get(key, 0)
        applying = [rule for rule in rules if all(name in descriptor for name in rule.by)]
        banned = key in self.server.world.banned
        outcomes = []
        for rule in applying:
            limit = int(rule.limit.split()[0])
            allowed = used + cost <= limit and not banned
            outcomes.append({"rule": rule.name, "mode": rule.mode, "allowed": allowed, "limit": limit,
                             "remaining": 0 if banned else max(0, limit - used - (cost if allowed and charge else 0)),
                             "retry_after": None if allowed or cost > limit else 900 if banned else 1.624,
                             "reset_after": 2.0 * (used + 1)}
                            | ({} if allowed else {"reason": "banned" if banned else "impossible" if cost > limit else "limited"}))
        deciding = [outcome for outcome in outcomes if outcome["mode"] == "enforce"]
        worst = min(deciding, key=lambda outcome: (outcome["allowed"], outcome["remaining"]), default=None)
        answer = {"allowed": worst is None or worst["allowed"], "policy": body["policy"], "rule": worst and worst["rule"],
                  "limit": worst and worst["limit"], "remaining": worst and worst["remaining"],
                  "retry_after": worst and worst["retry_after"], "reset_after": worst and worst["reset_after"], "degraded": False}
        if worst and "reason" in worst:
            answer["reason"] = worst["reason"]
        if body.get("details"):
            answer["rules"] = outcomes
        if charge and answer["allowed"]:
            self.server.used[key] = used + cost
        self.json(answer, 200 if answer["allowed"] else 429)

    def check(self, body):
        self.decide(body, True)

    def peek(self, body):
        self.decide(body, False)

    def need_admin(self):
        if not self.server.admin:
            raise Problem(403, "Calls that change the server are off; start it with --admin to allow them.")

    def reset(self, body):
        self.need_admin()
        self.rules_of(body)
        key = json.dumps([body["policy"], body["descriptor"]])
        self.server.used.pop(key, None)
        self.server.world.banned.discard(key)
        self.peek({"policy": body["policy"], "descriptor": body["descriptor"]})

    def rule_of(self, body):
        for rule in self.rules_of(body):
            if rule.name == body.get("rule"):
                return rule
        raise Problem(404, f"policy '{body['policy']}' has no rule '{body.get('rule')}'")

    def ban(self, body):
        self.need_admin()
        rule = self.rule_of(body)
        if not rule.can_ban:
            raise Problem(400, f"rule '{rule.name}' has no penalty, so it cannot ban; give it one, such as penalty: {{hold: true}}.")
        self.server.world.banned.add(json.dumps([body["policy"], body["descriptor"]]))
        self.json({"banned": True, "until": time.time() + body["seconds"]})

    def unban(self, body):
        self.need_admin()
        self.rule_of(body)
        self.server.world.banned.discard(json.dumps([body["policy"], body["descriptor"]]))
        self.json({"banned": False})

    def overrides(self, query):
        self.json({"overrides": self.server.world.overrides})

    def override(self, body):
        self.need_admin()
        rule, world = self.rule_of(body), self.server.world
        words = body["limit"].split()
        if len(words) < 3 or not words[0].isdigit() or words[1] != "per":
            raise Problem(400, f"'{body['limit']}' is no limit; write one such as '5 per 10s'.")
        world.overrides = [o for o in world.overrides if (o["policy"], o["rule"]) != (rule.policy, rule.name)]
        world.overrides.append({"policy": rule.policy, "rule": rule.name, "limit": body["limit"], "instead_of": rule.limit,
                                "until": time.time() + body["seconds"]})
        self.json(world.overrides[-1])

    def end_override(self, body):
        self.need_admin()
        rule, world = self.rule_of(body), self.server.world
        world.overrides = [o for o in world.overrides if (o["policy"], o["rule"]) != (rule.policy, rule.name)]
        self.json({"policy": rule.policy, "rule": rule.name, "limit": rule.limit})

    def reload(self, body):
        self.need_admin()
        world = self.server.world
        world.reloads += 1
        world.load_time = time.time()
        self.json({"policies": 3, "rules": len(world.rules), "seconds": 0.002})


ROUTES = {("GET", "/v1/events"): Handler.events, ("GET", "/v1/callers"): Handler.callers,
          ("GET", "/v1/whoami"): Handler.whoami, ("GET", "/v1/policies"): Handler.policies,
          ("POST", "/v1/check"): Handler.check, ("POST", "/v1/peek"): Handler.peek, ("POST", "/v1/reset"): Handler.reset,
          ("POST", "/v1/bans"): Handler.ban, ("DELETE", "/v1/bans"): Handler.unban,
          ("GET", "/v1/overrides"): Handler.overrides, ("POST", "/v1/overrides"): Handler.override,
          ("DELETE", "/v1/overrides"): Handler.end_override, ("POST", "/v1/policies/reload"): Handler.reload}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--mode", default="calm", choices=["calm", "attack", "redis", "empty", "huge"])
    parser.add_argument("--token")
    parser.add_argument("--no-admin", action="store_true")
    parser.add_argument("--show-callers", action="store_true")
    parser.add_argument("--replay", type=int, default=0, metavar="SECONDS")
    parser.add_argument("--rate", type=int, default=1440)
    options = parser.parse_args()
    mock = Mock(options.port, options.mode, options.token, not options.no_admin, options.show_callers, options.replay, options.rate)
    print(f"mock on {mock.url}", flush=True)
    mock.serve_forever()


if __name__ == "__main__":
    main()
