import SluiceServer

/// A decision in a line for people.
struct DecisionSentence {
    private let answer: DecisionAnswer

    init(_ answer: DecisionAnswer) { self.answer = answer }

    var text: String {
        var parts = [answer.allowed ? "allowed by \(place)" : "denied by \(place)"]
        if let limit = answer.limit, let remaining = answer.remaining { parts.append("\(remaining) of \(limit) left") }
        if !answer.allowed { parts.append(when) }
        if let seconds = answer.resetAfterSeconds, seconds > 0 { parts.append("whole again in \(Self.span(seconds))") }
        if let shadow = answer.shadowDeniedBy { parts.append("rule '\(shadow)' in shadow mode would deny") }
        if answer.degraded { parts.append("degraded: the store failed") }
        return parts.joined(separator: "; ")
    }

    private var place: String { answer.rule.map { "\(answer.policy)/\($0)" } ?? answer.policy }

    private var when: String {
        switch (answer.reason, answer.retryAfterSeconds) {
        case ("banned", let seconds?): "banned, again in \(Self.span(seconds))"
        case (_, let seconds?): "again in \(Self.span(seconds))"
        case ("impossible", nil): "it costs more than the limit ever holds"
        case ("listed", nil): "the policy's deny list names it"
        case (_, nil): "it never passes"
        }
    }

    /// Seconds as people say them; the second-largest unit is the last.
    static func span(_ seconds: Double) -> String {
        guard seconds >= 60 else {
            return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
        }
        var rest = Int(seconds.rounded(.up))
        var parts: [String] = []
        for (unit, size) in [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)] where parts.count < 2 {
            if rest >= size { parts.append("\(rest / size) \(unit)") }
            rest %= size
        }
        return parts.joined(separator: " ")
    }
}
