import Sluice
import SluicePolicies
import SluiceTesting
import Testing

@Suite("The example policies")
struct ExamplePoliciesTests {
    @Test("are good policy files", arguments: try Checkout.files(in: "Examples/policies"))
    func areGood(_ path: String) throws {
        let file = try PolicyFile(contentsOf: path)
        #expect(try PolicyFile(yaml: PolicyFile.render(file.policies)).policies == file.policies)
    }

    private func limiter(_ name: String, _ time: ManualTime) throws -> Limiter {
        let path = Checkout.path("Examples/policies/\(name).yaml")
        return try Limiter(contentsOf: path, store: MemoryStore(capacity: 4_096), time: .provided(by: time))
    }

    @Test("the Twitch bot's viewers wait 10 seconds and have 20 in any hour")
    func twitchViewer() throws {
        let time = ManualTime()
        let limiter = try limiter("twitch-bot", time)
        for number in 1...20 {
            #expect(try limiter.decide("viewer", [.user: "kappa"]).isAllowed)
            let again = try limiter.decide("viewer", [.user: "kappa"])
            // After the last one the hour is what denies for longest.
            #expect(again.rule.map(String.init(describing:)) == (number < 20 ? "cooldown" : "hourly"))
            if number < 20 { #expect(again.retryAfter == .seconds(10)) }
            #expect(try limiter.decide("viewer", [.user: "other\(time.now().nanoseconds)"]).isAllowed)
            time.advance(by: .seconds(10))
        }
        // The first of the 20 was 200 seconds ago.
        let denied = try limiter.decide("viewer", [.user: "kappa"])
        #expect(denied.rule.map(String.init(describing:)) == "hourly")
        let wait = try #require(denied.retryAfter)
        #expect((Duration.seconds(3_400)...(.seconds(3_400) + .milliseconds(1))).contains(wait))
        time.advance(by: wait)
        #expect(try limiter.decide("viewer", [.user: "kappa"]).isAllowed)
    }

    @Test("the Twitch bot works for 7 viewers at once")
    func twitchAtOnce() throws {
        let limiter = try limiter("twitch-bot", ManualTime())
        var leases: [Lease] = []
        for viewer in 0..<7 { leases.append(try #require(try limiter.acquire("viewer", [.user: "v\(viewer)"]).lease)) }
        let eighth = try limiter.acquire("viewer", [.user: "v7"])
        #expect(eighth.lease == nil)
        #expect(eighth.decision.rule.map(String.init(describing:)) == "at-once")
        #expect(limiter.release(leases[0]))
        #expect(try limiter.acquire("viewer", [.user: "v7"]).lease != nil)
    }

    @Test(
        "the API's endpoints have their own limits",
        arguments: [
            ("/auth/login", 5, 900, "login"), ("/auth/register", 3, 3_600, "register"), ("/search", 100, 60, "default"),
        ])
    func apiEndpoints(_ path: String, _ count: Int, _ seconds: Int, _ rule: String) throws {
        let time = ManualTime()
        let limiter = try limiter("api", time)
        let request: Descriptor = [.ip: "192.0.2.7", .path: path]
        for _ in 0..<count { #expect(try limiter.decide("api", request).isAllowed) }
        let denied = try limiter.decide("api", request)
        #expect(!denied.isAllowed)
        #expect(denied.rule.map(String.init(describing:)) == rule)
        #expect(try limiter.decide("api", [.ip: "192.0.2.8", .path: path]).isAllowed)
        time.advance(by: .seconds(2 * seconds))
        #expect(try limiter.decide("api", request).isAllowed)
    }

    @Test("the API's clients have a limit over all endpoints")
    func apiClient() throws {
        let limiter = try limiter("api", ManualTime())
        var allowed = 0
        // Logins and registrations are not counted by 'default', so only 'client' adds everything up.
        for index in 0..<400 {
            let path = ["/auth/login", "/auth/register", "/a"][index % 3]
            if try limiter.decide("api", [.ip: "192.0.2.7", .path: path]).isAllowed { allowed += 1 }
        }
        #expect(allowed == 5 + 3 + 100)
        let file = try PolicyFile(contentsOf: Checkout.path("Examples/policies/api.yaml"))
        #expect(file.policies[0].rules[0].limit == .slidingWindow(300, per: .seconds(60)))
        let only = Policy("api", rules: [file.policies[0].rules[0]])
        let capped = try Limiter([only], store: MemoryStore(capacity: 4_096), time: .provided(by: ManualTime()))
        let passes = try (0..<400).filter { _ in try capped.decide("api", [.ip: "192.0.2.7", .path: "/a"]).isAllowed }
        #expect(passes.count == 300)
    }

    @Test("an account is locked for 15 minutes by the sixth failed login, and longer the next time")
    func lockout() throws {
        let time = ManualTime()
        let limiter = try limiter("api", time)
        let account: Descriptor = [.user: "alice"]
        for _ in 0..<5 { #expect(try limiter.decide("failed-login", account).isAllowed) }
        #expect(try !limiter.decide("failed-login", account).isAllowed)
        time.advance(by: .minutes(15) - .seconds(1))
        #expect(try !limiter.peek("failed-login", account).isAllowed)
        time.advance(by: .seconds(2))
        #expect(try limiter.peek("failed-login", account).isAllowed)
        for _ in 0..<6 { _ = try limiter.decide("failed-login", account) }
        time.advance(by: .minutes(20))
        #expect(try !limiter.peek("failed-login", account).isAllowed)
        time.advance(by: .minutes(11))
        #expect(try limiter.peek("failed-login", account).isAllowed)
    }

    @Test("the Telegram bot sends one message a second to a chat and 20 a minute to a group")
    func telegram() throws {
        let time = ManualTime()
        let limiter = try limiter("telegram-bot", time)
        for _ in 0..<3 { #expect(try limiter.decide("send", [.chat: "-100"]).isAllowed) }
        #expect(try limiter.decide("send", [.chat: "-100"]).retryAfter == .seconds(1))
        var sent = 0
        for _ in 0..<40 {
            if try limiter.decide("send", [.chat: "-200", .group: "-200"]).isAllowed { sent += 1 }
            time.advance(by: .seconds(1))
        }
        #expect(sent == 20)
        let owner = try limiter.decide("update", [.user: "owner-1", .chat: "1", .text: "a"])
        #expect(owner.remaining == Decision.unlimited)
    }
}

@Suite("The sample policies")
struct SamplePolicyTests {
    @Test("cover a chat bot and an API, and are explained")
    func sample() throws {
        let policies = try PolicyFile(yaml: SamplePolicy.yaml).policies
        #expect(policies.map(\.name) == ["chat", "api", "login"])
        #expect(policies[0].rules.map(\.name) == ["flood", "hourly", "room", "repeats", "command", "busy", "vip"])
        #expect(SamplePolicy.yaml.split(separator: "\n").filter { $0.contains("#") }.count > 20)
    }

    @Test("decide with the numbers that their comments tell")
    func decisions() throws {
        let time = ManualTime()
        let limiter = try Limiter(
            PolicyFile(yaml: SamplePolicy.yaml).policies, store: MemoryStore(capacity: 4_096),
            time: .provided(by: time))
        for text in 0..<5 {
            #expect(try limiter.decide("chat", [.user: "42", .chat: "1", .text: "\(text)"]).isAllowed)
        }
        let flooded = try limiter.decide("chat", [.user: "42", .chat: "1", .text: "x"])
        #expect(flooded.retryAfter == .seconds(2))
        for _ in 0..<5 { #expect(try limiter.decide("login", [.ip: "192.0.2.7"]).isAllowed) }
        let banned = try limiter.decide("login", [.ip: "192.0.2.7"])
        #expect(banned.retryAfter == .minutes(15))
        #expect(try limiter.decide("api", [.ip: "127.0.0.1"]).limit == Decision.unlimited)
        for _ in 0..<10 { #expect(try limiter.decide("api", [.ip: "192.0.2.7", .path: "/search/a"]).isAllowed) }
        #expect(try !limiter.decide("api", [.ip: "192.0.2.7", .path: "/search/a"]).isAllowed)
        #expect(try limiter.decide("api", [.ip: "192.0.2.7", .path: "/other"]).isAllowed)
    }
}
