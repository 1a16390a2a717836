import NIOCore
import Testing

@testable import RESP

@Suite("Redirections of one request")
struct RedirectionTests {
    private let source = NodeAddress.tcp(host: "10.0.0.1", port: 1)
    private let now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private var deadline: NIODeadline { now + .milliseconds(100) }
    private var settings = RedisTopologySettings()

    private func moved(_ text: String) throws -> RefusedReply { try #require(RefusedReply(RESPErrorReply(text))) }

    @Test("go where the reply says")
    func follow() throws {
        var path = Redirection()
        let other = NodeAddress.tcp(host: "10.0.0.2", port: 2)
        let step = path.step(
            after: try moved("MOVED 5 10.0.0.2:2"), from: source, now: now, deadline: deadline, settings: settings)
        #expect(step == .to(other, asking: false))
        let asking = path.step(
            after: try moved("ASK 5 10.0.0.2:2"), from: source, now: now, deadline: deadline, settings: settings)
        #expect(asking == .to(other, asking: true))
        #expect(path.redirects == 2)
    }

    @Test("stay with the host that gave no other")
    func sameHost() throws {
        var path = Redirection()
        let reply = try moved("MOVED 5 :2")
        let step = path.step(after: reply, from: source, now: now, deadline: deadline, settings: settings)
        #expect(step == .to(.tcp(host: "10.0.0.1", port: 2), asking: false))
        // A socket's path says nothing of a host.
        let local = path.step(
            after: reply, from: .unix(path: "/redis"), now: now, deadline: deadline, settings: settings)
        #expect(local == .later(now + .milliseconds(4)))
    }

    @Test("wait for a map when nobody knows the host")
    func unknownHost() throws {
        var path = Redirection()
        let step = path.step(
            after: try moved("ASK 5 ?:2"), from: source, now: now, deadline: deadline, settings: settings)
        #expect(step == .later(now + .milliseconds(2)))
    }

    @Test("use the address map")
    func mapped() throws {
        var settings = settings
        settings.addressMap = { $0 == .tcp(host: "172.17.0.2", port: 1) ? .tcp(host: "example.org", port: 9) : $0 }
        var path = Redirection()
        let step = path.step(
            after: try moved("MOVED 5 172.17.0.2:1"), from: source, now: now, deadline: deadline, settings: settings)
        #expect(step == .to(.tcp(host: "example.org", port: 9), asking: false))
    }

    @Test(
        "wait longer each time, and end",
        arguments: [RefusedReply.tryAgain, .clusterDown, .loading, .masterDown, .readOnly])
    func pauses(refusal: RefusedReply) {
        var path = Redirection()
        for doubled in [2, 4, 8, 16, 32] as [Int64] {
            let step = path.step(after: refusal, from: source, now: now, deadline: deadline, settings: settings)
            #expect(step == .later(now + .milliseconds(doubled)))
        }
        #expect(path.step(after: refusal, from: source, now: now, deadline: deadline, settings: settings) == .handUp)
        #expect(path.pause(now: now, deadline: deadline, settings: settings) == .handUp)
        #expect(path.redirects == settings.maximumRedirects)
    }

    @Test("end with the bound even if each reply names another node")
    func bound() throws {
        var path = Redirection()
        for port in 1...settings.maximumRedirects {
            let step = path.step(
                after: try moved("MOVED 5 10.0.0.2:\(port)"), from: source, now: now, deadline: deadline,
                settings: settings)
            #expect(step == .to(.tcp(host: "10.0.0.2", port: port), asking: false))
        }
        let last = path.step(
            after: try moved("MOVED 5 10.0.0.2:9"), from: source, now: now, deadline: deadline, settings: settings)
        #expect(last == .handUp)
    }

    @Test("end with the deadline: nothing is sent that it would overtake")
    func deadlines() throws {
        var path = Redirection()
        let reply = try moved("MOVED 5 10.0.0.2:2")
        #expect(path.step(after: reply, from: source, now: now, deadline: now, settings: settings) == .handUp)
        let soon = now + .milliseconds(2)
        #expect(path.step(after: .tryAgain, from: source, now: now, deadline: soon, settings: settings) == .handUp)
        #expect(path.pause(now: now, deadline: now, settings: settings) == .handUp)
        #expect(path.redirects == 0)
        let later = soon + .nanoseconds(1)
        #expect(
            path.step(after: .tryAgain, from: source, now: now, deadline: later, settings: settings) == .later(soon))
    }
}
