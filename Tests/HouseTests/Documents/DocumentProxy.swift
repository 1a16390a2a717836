import Foundation
import RedisServers

/// A proxy that a document configures, and the application that stands behind it.
final class DocumentProxy {
    /// Where the proxy listens.
    let port: Int
    /// Where the application does. It greets whoever asks, whatever for.
    let applicationPort: Int
    private let scratch: ScratchFolder
    private var programs: [ChildProcess] = []

    init(in scratch: ScratchFolder) async throws {
        self.scratch = scratch
        (port, applicationPort) = (try await FreePort.find(), try await FreePort.find())
    }

    private static let application = """
        import http.server, sys
        class Greeting(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", "6")
                self.end_headers()
                self.wfile.write(b"hello\\n")
            do_POST = do_GET
            def log_message(self, *words): pass
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Greeting).serve_forever()

        """

    /// Starts both and returns once they answer.
    func start(_ kind: String, _ configuration: String, environment: [String: String]) async throws {
        let file = try scratch.write(configuration, to: kind == "envoy" ? "envoy.yaml" : "\(kind).conf").path
        let folder = scratch.url.path
        let proxy =
            switch kind {
            case "nginx":
                [
                    "nginx", "-p", folder, "-c", file, "-g",
                    "daemon off; master_process off; pid \(folder)/nginx.pid; error_log stderr;",
                ]
            case "envoy":
                [
                    "envoy", "--config-path", file, "--disable-hot-restart", "--concurrency", "1", "--log-level",
                    "warning",
                ]
            case "caddy": ["caddy", "run", "--adapter", "caddyfile", "--config", file]
            default: ["haproxy", "-db", "-f", file]
            }
        let script = try scratch.write(Self.application, to: ".application.py").path
        var environment = environment
        // Caddy keeps files there, and asks for a port of its own for administration.
        environment["HOME"] = folder
        environment["PATH", default: ""] += ":/usr/sbin"
        for command in [["python3", script, "\(applicationPort)"], proxy] {
            programs.append(
                try ChildProcess(
                    URL(fileURLWithPath: "/usr/bin/env"), command, in: scratch, environment: environment,
                    within: .seconds(180)))
        }
        for port in [applicationPort, port] {
            let knock = "(: </dev/tcp/127.0.0.1/\(port)) 2>/dev/null"
            let probe = "for i in $(seq 600); do \(knock) && exit; sleep 0.05; done; exit 1"
            guard try await ChildProcess.run(["bash", "-c", probe], in: scratch).status == 0 else {
                let complaints = try programs.map { try $0.errors() }.joined()
                throw DocumentRun.Failure(description: "\(kind) does not listen: \(complaints)")
            }
        }
    }

    /// Ends both.
    func stop() async throws {
        for program in programs { program.signal(SIGKILL) }
        for program in programs { _ = try await program.wait() }
        programs = []
    }
}
