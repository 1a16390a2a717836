public import SluiceBots

/// How updates come to bots.
extension MetricsReporter {
    /// Reports from the next report on how many updates wait and how many are handled.
    /// - Parameter name: The value of the label `bot`.
    public func add<Item: Sendable>(_ worker: UpdateWorker<Item>, named name: String) {
        keep(WorkerSource(worker: worker, name: name))
    }

    /// Reports from the next report on what a webhook has answered, how many updates wait and how many are handled.
    /// - Parameter name: The value of the label `bot`.
    public func add(_ webhook: TelegramWebhook, named name: String) {
        keep(WebhookSource(webhook: webhook, name: name))
    }
}
