import Foundation
import Testing

/// The page in a real browser, by `Tests/Dashboard`.
@Suite("The dashboard in a browser", .serialized)
struct DashboardTests {
    private static let python = Repository.root.appendingPathComponent(".build/venv/bin/python").path
    private static let script = Repository.root.appendingPathComponent("Tests/Dashboard/dashboard.py").path

    @Test("is quick, small, quiet, readable by everybody and all of it by keys, whatever a server tells")
    func mock() async throws {
        let ending = try await ChildProcess.run(
            [Self.python, Self.script], in: try ScratchFolder(), within: .seconds(1_500))
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
    }

    @Test("shows a real server")
    func server() async throws {
        let scratch = try ScratchFolder()
        try await RunningServer.during("--admin", in: scratch) { server in
            let url = "http://127.0.0.1:\(try server.port(of: "http"))/"
            for _ in 0..<8 {
                _ = try await ChildProcess.run(
                    ["curl", "-s", url + "v1/check", "-d", #"{"policy":"chat","descriptor":{"user":"42"}}"#],
                    in: scratch)
            }
            let ending = try await ChildProcess.run(
                [Self.python, Self.script, "--url", url], in: scratch, within: .seconds(900))
            #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        }
    }
}
