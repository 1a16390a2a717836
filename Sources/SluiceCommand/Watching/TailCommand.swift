import ArgumentParser
import Foundation
import Sluice
import SluiceServer

/// `sluice tail`
struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Show decisions of a server as they are made.",
        discussion: """
            All of them, unless a filter says which. Callers are shown by a hash unless the server runs with \
            --show-callers. A server that decides more than ten thousand times a second tells only some of them, and \
            how many it left out.
            """)

    @OptionGroup var client: ClientOptions

    @Option(help: ArgumentHelp("Only decisions of this policy.", valueName: "name"))
    var policy: String?

    @Option(help: ArgumentHelp("Only decisions of this rule.", valueName: "name"))
    var rule: String?

    @Option(help: ArgumentHelp("Only callers that begin like this, such as user=42.", valueName: "text"))
    var caller: String?

    @Option(
        help: ArgumentHelp(
            "Only this outcome: allowed, denied, impossible; may be repeated.", valueName: "word"))
    var outcome: [String] = []

    @Flag(help: "Print what the server tells, one JSON object a line.")
    var json = false

    func validate() throws {
        let words = [CountedOutcome.allowed, .denied, .impossible].map(\.rawValue)
        for word in outcome where !words.contains(word) {
            throw ValidationError(
                "--outcome '\(word)' is none of \(words.joined(separator: ", "))"
                    + NearestWord.hint(for: word, among: words) + ".")
        }
    }

    func run() async throws {
        let colors = StandardStream.output.showsColors
        try await client.client().follow(path) { event in
            switch event.name {
            case "decision":
                StandardStream.output.write(
                    json ? event.data : try DecisionLine(json: event.data).text(colors: colors))
            case "lost": StandardStream.error.write("some were left out: \(event.data)")
            default: break
            }
            return true
        }
        StandardStream.error.write("The server has ended the stream.")
    }

    private var path: String {
        var parts = ["decisions=all", "summary=false"]
        for (name, value) in [("policy", policy), ("rule", rule), ("caller", caller)] {
            guard let value else { continue }
            let allowed = CharacterSet.alphanumerics
            parts.append("\(name)=\(value.addingPercentEncoding(withAllowedCharacters: allowed) ?? value)")
        }
        if !outcome.isEmpty { parts.append("outcome=\(outcome.joined(separator: ","))") }
        return "/v1/events?" + parts.joined(separator: "&")
    }
}

/// A decision on one line.
private struct DecisionLine: Decodable {
    var time: Double
    var policy: String
    var rule: String
    var outcome: String
    var caller: String
    var cost: Int
    var limit: Int?
    var remaining: Int?
    var retryAfter: Double?
    var degraded: Bool

    init(json: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Self.self, from: Data(json.utf8))
    }

    func text(colors: Bool) -> String {
        var word = outcome.padding(toLength: 10, withPad: " ", startingAt: 0)
        if colors { word = "\u{1b}[\(outcome == "allowed" ? 32 : 31)m\(word)\u{1b}[0m" }
        var parts = [
            Figures.time(time, withMilliseconds: true), word, rule.isEmpty ? policy : "\(policy)/\(rule)", caller,
        ]
        if cost != 1 { parts.append("cost \(cost)") }
        if let limit, let remaining { parts.append("\(remaining) of \(limit) left") }
        if let retryAfter { parts.append("again in \(Figures.duration(retryAfter))") }
        if degraded { parts.append("degraded") }
        return parts.joined(separator: "  ")
    }
}
