import Sluice
import SluiceBots
import SluiceBotsTesting
import SluiceTesting
import Synchronization
import Testing

@Suite("A Telegram webhook")
final class TelegramWebhookTests: Sendable {
    private static let secret = "s3cret_-Token"
    private let seen = Mutex<[Int64]>([])

    private func webhook(
        bounds: DeliveryBounds = DeliveryBounds(), claims: (any UpdateClaims)? = nil
    ) throws -> TelegramWebhook {
        TelegramWebhook(secret: try WebhookSecret(Self.secret), bounds: bounds, claims: claims) { [self] update in
            seen.withLock { $0.append(update.id) }
        }
    }

    @Test("the secret is compared whole: neither a part, nor more, nor nothing passes")
    func secrets() throws {
        let webhook = try webhook()
        let body = TelegramUpdateBuilder.message("hi").json
        for wrong in [nil, "", "s3cret_-Toke", "s3cret_-Token2", "s3cret_-TokeN", Self.secret + Self.secret] {
            #expect(webhook.receive(secretToken: wrong, body: body) == .unauthorized)
        }
        #expect(webhook.receive(secretToken: Self.secret, body: body) == .accepted)
        #expect(webhook.counts[.unauthorized] == 6 && webhook.counts[.accepted] == 1)
    }

    @Test("a secret that Telegram would refuse is refused, and none is ever printed")
    func secretForm() throws {
        for wrong in ["", "a b", "ü", "a:b", String(repeating: "a", count: 257)] {
            #expect(throws: TelegramError.self) { try WebhookSecret(wrong) }
        }
        let secret = try WebhookSecret(Self.secret)
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret) \(String(reflecting: secret)) \(dumped)".contains(Self.secret))
    }

    @Test("an update that comes again is answered with 200 and handled once")
    func repeated() async throws {
        let webhook = try webhook()
        let body = TelegramUpdateBuilder.message("hi").id(5).json
        #expect(webhook.receive(secretToken: Self.secret, body: body) == .accepted)
        #expect(webhook.receive(secretToken: Self.secret, body: body) == .repeated)
        #expect(WebhookAnswer.repeated.status == 200)
        webhook.drain()
        #expect(await webhook.work() == 0)
        #expect(seen.withLock { $0 } == [5])
    }

    @Test("what finds no room is answered with 503, and is taken when it comes again")
    func full() async throws {
        let webhook = try webhook(bounds: DeliveryBounds(waiting: 1))
        let first = TelegramUpdateBuilder.message("hi").id(1).json
        let second = TelegramUpdateBuilder.message("hi").id(2).json
        #expect(webhook.receive(secretToken: Self.secret, body: first) == .accepted)
        #expect(webhook.receive(secretToken: Self.secret, body: second) == .full)
        #expect(WebhookAnswer.full.status == 503)
        let work = Task { await webhook.work() }
        while webhook.receive(secretToken: Self.secret, body: second) == .full { await Task.yield() }
        webhook.drain()
        #expect(await work.value == 0)
        #expect(seen.withLock { $0 } == [1, 2])
    }

    @Test("a flood of one chat leaves room for others")
    func flood() throws {
        let webhook = try webhook(bounds: DeliveryBounds(waiting: 10, waitingPerLane: 2))
        let answers = (1...5).map { number in
            webhook.receive(secretToken: Self.secret, body: TelegramUpdateBuilder.message("x").id(number).json)
        }
        #expect(answers == [.accepted, .accepted, .full, .full, .full])
        let other = TelegramUpdateBuilder.message("x").id(9).from(43).json
        #expect(webhook.receive(secretToken: Self.secret, body: other) == .accepted)
    }

    @Test("stopping, it refuses with 503 what Telegram is to keep")
    func stopping() throws {
        let webhook = try webhook()
        webhook.drain()
        let answer = webhook.receive(secretToken: Self.secret, body: TelegramUpdateBuilder.message("x").json)
        #expect(answer == .stopping && answer.status == 503)
    }

    @Test("what can never be read is told, and not asked for again; what is no update is refused")
    func unreadable() throws {
        let told = Mutex<[TelegramError]>([])
        let webhook = TelegramWebhook(
            secret: try WebhookSecret(Self.secret), observing: { error in told.withLock { $0.append(error) } }
        ) { _ in }
        let broken = Array(#"{"update_id":3,"message":{}}"#.utf8)
        #expect(webhook.receive(secretToken: Self.secret, body: broken).status == 200)
        #expect(webhook.receive(secretToken: Self.secret, body: Array("hello".utf8)).status == 400)
        let large = [UInt8](repeating: 0x20, count: TelegramUpdate.maximumBytes + 1)
        #expect(webhook.receive(secretToken: Self.secret, body: large).status == 413)
        #expect(told.withLock { $0.map(\.updateID) } == [3, nil])
    }

    @Test("of two instances one handles an update, and a store that fails handles it twice rather than never")
    func claims() async throws {
        let limiter = try Limiter {
            Policy("updates") { Rule("once", by: "update", .cooldown(.hours(1))) }
        }
        let claims = try LimiterClaims(limiter, "updates")
        for _ in 0..<2 {
            let webhook = try webhook(claims: claims)
            let body = TelegramUpdateBuilder.message("hi").id(5).json
            #expect(webhook.receive(secretToken: Self.secret, body: body) == .accepted)
            webhook.drain()
            _ = await webhook.work()
        }
        #expect(seen.withLock { $0 } == [5])
        let broken = try webhook(claims: NoClaims())
        _ = broken.receive(secretToken: Self.secret, body: TelegramUpdateBuilder.message("hi").id(6).json)
        broken.drain()
        _ = await broken.work()
        #expect(seen.withLock { $0 } == [5, 6])
    }
}

private struct NoClaims: UpdateClaims {
    func claim(_ id: String) async throws -> Bool { throw SluiceError(.storeFailed, "nobody there") }
}
