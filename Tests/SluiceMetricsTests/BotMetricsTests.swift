import MetricsTestKit
import SluiceBots
import SluiceMetrics
import Testing

@Suite("What is reported of updates for bots")
struct BotMetricsTests {
    private let metrics = TestMetrics()

    private func updates(_ state: String) -> Double? {
        metrics.level("sluice_bot_updates", ("bot", "greeter"), ("state", state))
    }

    @Test("how many wait for a worker")
    func workers() async {
        let worker = UpdateWorker<Int> { _ in }
        let reporter = MetricsReporter(factory: metrics)
        reporter.add(worker, named: "greeter")
        for number in 0..<3 { #expect(worker.offer(number, lane: "chat") == .accepted) }
        await reporter.report()
        #expect(updates("waiting") == 3 && updates("running") == 0)
        worker.drain()
        await worker.run()
        await reporter.report()
        #expect(updates("waiting") == 0 && updates("running") == 0)
    }

    @Test("what a webhook has answered")
    func webhooks() async throws {
        let webhook = TelegramWebhook(secret: try WebhookSecret("secret")) { _ in }
        let reporter = MetricsReporter(factory: metrics)
        reporter.add(webhook, named: "greeter")
        let update = Array(#"{"update_id":1,"message":{"message_id":1,"chat":{"id":7,"type":"private"}}}"#.utf8)
        #expect(webhook.receive(secretToken: "secret", body: update) == .accepted)
        #expect(webhook.receive(secretToken: "secret", body: update) == .repeated)
        #expect(webhook.receive(secretToken: nil, body: update) == .unauthorized)
        await reporter.report()
        func answers(_ answer: String) -> Int64? {
            metrics.total("sluice_webhook_answers_total", ("bot", "greeter"), ("answer", answer))
        }
        #expect(answers("accepted") == 1 && answers("repeated") == 1 && answers("unauthorized") == 1)
        #expect(answers("too_large") == 0)
        #expect(updates("waiting") == 1)
    }
}
