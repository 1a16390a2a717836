import Foundation
import Testing

@Suite("sluice top and sluice tail")
struct WatchingTests {
    private static func ask(_ server: RunningServer, _ user: String, _ scratch: ScratchFolder) async throws {
        let url = "http://127.0.0.1:\(try server.port(of: "http"))/v1/check"
        _ = try await ChildProcess.run(
            ["curl", "-s", url, "-d", "{\"policy\":\"chat\",\"descriptor\":{\"user\":\"\(user)\"}}"], in: scratch)
    }

    @Test("top prints one screen where there is no terminal, with rules, callers and latencies")
    func once() async throws {
        let scratch = try ScratchFolder()
        try await RunningServer.during("--show-callers", in: scratch) { server in
            for _ in 0..<8 { try await Self.ask(server, "42", scratch) }
            let address = "http://127.0.0.1:\(try server.port(of: "http"))"
            let ending = try await SluiceBinary.run("top", "--once", "--server", address, in: scratch)
            #expect(ending.status == 0, "\(ending.errors)")
            for text in [
                "decisions/s", "p50 / p99:", "POLICY", "flood", "5 per 10s", "DENIED MOST", "user=42", "cells of",
            ] {
                #expect(ending.output.contains(text), "\(text) is not in:\n\(ending.output)")
            }
            #expect(!ending.output.contains("\u{1b}"))
            let json = try await SluiceBinary.run("top", "--once", "--json", "--server", address, in: scratch)
            #expect(json.output.hasPrefix("{\"time\":"))
        }
    }

    /// In a terminal of 60 by 20, as `script` makes one.
    @Test("top draws in place in a terminal, no wider and no higher than it, and q leaves it as it was")
    func terminal() async throws {
        let scratch = try ScratchFolder()
        try await RunningServer.during(in: scratch) { server in
            let address = "http://127.0.0.1:\(try server.port(of: "http"))"
            let program = """
                import os, pty, sys, time, fcntl, struct, termios, select
                pid, fd = pty.fork()
                if pid == 0:
                    os.execv(sys.argv[1], [sys.argv[1], "top", "--server", sys.argv[2]])
                fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 60, 0, 0))
                out, end = b"", time.time() + 30
                while time.time() < end and b"POLICY" not in out:
                    if select.select([fd], [], [], 0.1)[0]: out += os.read(fd, 65536)
                os.write(fd, b"q")
                try:
                    while True: out += os.read(fd, 65536)
                except OSError: pass
                status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                import re
                frame = out[:out.rfind(b"\\x1b[J")].split(b"\\x1b[H")[-1]
                plain = re.sub(rb"\\x1b\\[[0-9;]*[A-Za-z]", b"", frame).decode()
                lines = [line.rstrip() for line in plain.split("\\r\\n")]
                print(status, len(lines), max(map(len, lines)), out.startswith(b"\\x1b[?1049h"),
                      out.rstrip().endswith(b"\\x1b[?1049l"), any("POLICY" in line for line in lines))
                """
            try scratch.write(program, to: "terminal.py")
            let ending = try await ChildProcess.run(
                ["python3", "terminal.py", SluiceBinary.url.path, address], in: scratch)
            let words = ending.output.split(whereSeparator: \.isWhitespace)
            #expect(ending.status == 0 && words.count == 6, "\(ending.output)\(ending.errors)")
            guard words.count == 6 else { return }
            #expect(words[0] == "0")
            #expect(Int(words[1]).map { $0 <= 20 } == true && Int(words[2]).map { $0 <= 60 } == true)
            #expect(words[3...].allSatisfy { $0 == "True" }, "\(ending.output)")
        }
    }

    @Test("tail tells decisions as they are made, those that are asked for")
    func tail() async throws {
        let scratch = try ScratchFolder()
        try await RunningServer.during("--show-callers", in: scratch) { server in
            let address = "http://127.0.0.1:\(try server.port(of: "http"))"
            let tail = try ChildProcess(
                SluiceBinary.url, ["tail", "--server", address, "--caller", "user=4", "--outcome", "denied"],
                in: scratch)
            // It has subscribed once the server knows of a stream.
            for _ in 0..<100 {
                let metrics = try await ChildProcess.run(["curl", "-s", address + "/metrics"], in: scratch).output
                if metrics.contains("\nsluice_event_streams 1") { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            for user in ["7", "42"] { for _ in 0..<6 { try await Self.ask(server, user, scratch) } }
            try await Task.sleep(for: .milliseconds(500))
            tail.signal(SIGKILL)
            let lines = try await tail.wait().output.split(separator: "\n")
            #expect(lines.count == 1, "\(lines)")
            #expect(lines.first?.contains("denied") == true && lines.first?.contains("chat/flood  user=42") == true)
            #expect(lines.first?.contains("again in") == true)
        }
    }

    @Test("say so when the server is killed", arguments: [["tail"], ["top", "--json"]])
    func killedServer(arguments: [String]) async throws {
        let scratch = try ScratchFolder()
        let server = try await RunningServer(in: scratch)
        let address = "http://127.0.0.1:\(try server.port(of: "http"))"
        let watching = try ChildProcess(SluiceBinary.url, arguments + ["--server", address], in: scratch)
        for _ in 0..<100 {
            let metrics = try await ChildProcess.run(["curl", "-s", address + "/metrics"], in: scratch).output
            if metrics.contains("\nsluice_event_streams 1") { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        _ = try await server.stop(by: SIGKILL)
        let ending = try await watching.wait()
        #expect(ending.status == 2 && ending.errors.contains("went away"), "\(ending.errors)")
    }

    @Test(
        "tell what is wrong",
        arguments: [
            (["top", "--server", "http://127.0.0.1:1"], "No server answers at http://127.0.0.1:1"),
            (["top", "--sort", "denid"], "did you mean 'denied'?"),
            (["tail", "--outcome", "alowed"], "did you mean 'allowed'?"),
        ])
    func faults(arguments: [String], message: String) async throws {
        let scratch = try ScratchFolder()
        let ending = try await ChildProcess(SluiceBinary.url, arguments, in: scratch).wait()
        #expect(ending.status == 2 && ending.errors.contains(message), "\(ending.errors)")
    }
}
