"""A headless Chromium, driven by the DevTools protocol over a pipe. Standard library only."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class BrowserError(Exception):
    """A script in the page threw, or the browser refused a command."""


class Browser:
    def __init__(self, program="chromium"):
        self.profile = tempfile.mkdtemp(prefix="sluice-dashboard-")
        to_browser, self.sink = os.pipe()
        self.source, from_browser = os.pipe()

        def give_pipes():
            high = os.dup(to_browser), os.dup(from_browser)
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        arguments = [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run",
                     "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--hide-scrollbars",
                     "--force-color-profile=srgb", f"--user-data-dir={self.profile}", "about:blank"]
        self.process = subprocess.Popen(arguments, preexec_fn=give_pipes, close_fds=False, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.buffer, self.answers, self.pages = 0, b"", {}, {}

    def send(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.sink, json.dumps(message).encode() + b"\0")
        return self.answer(self.number, method)

    def answer(self, number, method, timeout=60):
        deadline = time.monotonic() + timeout
        while number not in self.answers:
            if time.monotonic() > deadline:
                raise BrowserError(f"no answer to {method} within {timeout} s")
            self.read(0.5)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def read(self, timeout):
        if not select.select([self.source], [], [], timeout)[0]:
            return
        chunk = os.read(self.source, 1 << 20)
        if not chunk:
            raise BrowserError("the browser has ended")
        *messages, self.buffer = (self.buffer + chunk).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self.answers[message["id"]] = message
            elif message.get("sessionId") in self.pages:
                self.pages[message["sessionId"]].event(message["method"], message["params"])

    def page(self, **options):
        return Page(self, **options)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.sink)
        os.close(self.source)
        shutil.rmtree(self.profile, ignore_errors=True)


class Page:
    """A page in a context of its own: nothing is shared with other pages, storage neither."""

    def __init__(self, browser, width=1440, height=900, scheme="light", phone=False):
        self.browser = browser
        self.context = browser.send("Target.createBrowserContext")["browserContextId"]
        self.target = browser.send("Target.createTarget", url="about:blank", browserContextId=self.context)["targetId"]
        self.session = browser.send("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        browser.pages[self.session] = self
        self.problems, self.requests = [], []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)

    def send(self, method, **parameters):
        return self.browser.send(method, self.session, **parameters)

    def event(self, method, parameters):
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.problems.append("exception: " + details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.problems.append("console: " + " ".join(str(each.get("value", "")) for each in parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.problems.append(f"log: {parameters['entry']['text']} {parameters['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def open(self, url):
        self.send("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, script):
        """The value of an expression; a promise is awaited."""
        result = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    def wait(self, condition, timeout=15):
        deadline = time.monotonic() + timeout
        while True:
            try:
                if self.run(f"Boolean({condition})"):
                    return
            except BrowserError as error:
                if "context" not in str(error) and "navigat" not in str(error).lower():
                    raise
            if time.monotonic() > deadline:
                raise BrowserError(f"not within {timeout} s: {condition}")
            time.sleep(0.05)

    KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35}

    def key(self, name, shift=False):
        common = {"key": name, "code": name, "windowsVirtualKeyCode": self.KEYS[name], "modifiers": 8 if shift else 0}
        self.send("Input.dispatchKeyEvent", type="keyDown", text="\r" if name == "Enter" else "", **common)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        self.send("Input.insertText", text=text)

    def collect_garbage(self):
        self.send("HeapProfiler.collectGarbage")
        self.send("HeapProfiler.collectGarbage")

    def metrics(self):
        self.send("Performance.enable")
        return {each["name"]: each["value"] for each in self.send("Performance.getMetrics")["metrics"]}

    def screenshot(self, path, whole=False):
        options = {}
        if whole:
            size = self.send("Page.getLayoutMetrics")["cssContentSize"]
            options = {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}
        data = self.send("Page.captureScreenshot", format="png", optimizeForSpeed=False, **options)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self.browser.send("Target.closeTarget", targetId=self.target)
        self.browser.send("Target.disposeBrowserContext", browserContextId=self.context)
        self.browser.pages.pop(self.session)
