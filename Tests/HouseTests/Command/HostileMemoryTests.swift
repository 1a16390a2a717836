#if GRPC
import Foundation
import Testing

/// What hostile clients leave behind in a server of its own process.
@Suite("Connections that break off")
struct HostileMemoryTests {
    /// Connects again and again, and tells by how many bytes the server's memory has grown from the 300th on.
    private static let script = #"""
        import socket, struct, sys, urllib.request

        http, grpc, kind, count = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], 900

        def frame(kind, flags, stream, payload=b""):
            return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

        def field(name, value):
            return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value

        fields = b"".join(field(*pair) for pair in [
            (b":method", b"POST"), (b":scheme", b"http"), (b":authority", b"a"),
            (b":path", b"/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"),
            (b"te", b"trailers"), (b"content-type", b"application/grpc")])
        request = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + frame(1, 4, 1, fields)
        request += b"\xff" * 2_000 if kind == "garbage" else frame(0, 0, 1, b"\0\0\0\0\x09")

        def memory():
            text = urllib.request.urlopen(f"http://127.0.0.1:{http}/metrics").read().decode()
            return float(next(line.split()[1] for line in text.splitlines()
                              if line.startswith("process_resident_memory_bytes ")))

        for number in range(count):
            if number == count // 3: before = memory()
            with socket.create_connection(("127.0.0.1", grpc)) as connection:
                try:
                    connection.sendall(request)
                    # Nobody comes before the server has looked at who came last.
                    while connection.recv(65536) and kind == "garbage": pass
                except ConnectionError:
                    pass
        print(int(memory() - before))
        """#

    @Test(
        "leave nothing behind, in the midst of a request or after bytes that mean nothing",
        arguments: ["half a request", "garbage"])
    func gRPC(kind: String) async throws {
        let scratch = try ScratchFolder()
        let policies = "policies: {web: {rules: [{name: each, by: [ip], limit: 2 per 1h}]}}"
        let file = try scratch.write(policies, to: "policies.yaml").path
        let growth = try await RunningServer.during("--config", file, in: scratch) { server in
            let ports = [try server.port(of: "http"), try server.port(of: "grpc")]
            let ending = try await ChildProcess.run(["python3", "-c", Self.script] + ports + [kind], in: scratch)
            return try #require(Int(ending.output.trimmingCharacters(in: .newlines)), "\(ending.errors)")
        }
        // After garbage it was 28 kilobytes for each of the 600 connections.
        #expect(growth < 6_000_000)
    }
}
#endif
