import SluiceBots

/// The webhook of a bot.
struct WebhookSource: MetricsSource {
    let webhook: TelegramWebhook
    let name: String

    func read(into readings: inout Readings) {
        readings.updates(of: name, webhook.load)
        let counts = webhook.counts
        for answer in WebhookAnswer.allCases {
            readings.count("sluice_webhook_answers_total", counts[answer], ("bot", name), ("answer", answer.label))
        }
    }
}

extension WebhookAnswer {
    /// The value of the label.
    fileprivate var label: String {
        switch self {
        case .accepted: "accepted"
        case .repeated: "repeated"
        case .unreadable: "unreadable"
        case .malformed: "malformed"
        case .unauthorized: "unauthorized"
        case .tooLarge: "too_large"
        case .full: "full"
        case .stopping: "stopping"
        }
    }
}
