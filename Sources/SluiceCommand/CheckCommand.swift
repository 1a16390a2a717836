import ArgumentParser
import Foundation
import Sluice
import SluicePolicies
import SluiceServer

/// `sluice check`
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Ask whether something may pass now: of a running server, or of a policy file.",
        discussion: """
            Exits 0 when it may, 1 when it may not, 2 when there is no answer. With --config it decides in this \
            process, from a fresh state: nothing is remembered from one call to the next.
            """)

    @Argument(help: "The policy that decides.")
    var policy: String

    @Argument(help: ArgumentHelp("What the request is about, such as user=42.", valueName: "key=value"))
    var descriptor: [String] = []

    @Option(help: ArgumentHelp("What the request costs.", valueName: "n"))
    var cost: Int64 = 1

    @Flag(help: "Only look; charge nothing.")
    var peek = false

    @OptionGroup var client: ClientOptions

    @Option(help: ArgumentHelp("The policy file to decide by, without a server.", valueName: "file"))
    var config: String?

    @Flag(help: "Print the decision as JSON.")
    var json = false

    func validate() throws {
        if client.server != nil, config != nil {
            throw ValidationError("--server asks a server and --config decides here; give one of them.")
        }
        if config != nil, client.tokenFile != nil || client.caFile != nil {
            throw ValidationError("--token-file and --ca-file go with a server; --config asks none.")
        }
        if cost < 0 { throw ValidationError("--cost must be at least 0.") }
        _ = try query()
    }

    func run() async throws {
        let text = try await answer()
        guard let answer = DecisionAnswer(json: text) else {
            throw DecisionClientError(.notSluice, "The answer is not a decision: \(text.prefix(200))")
        }
        StandardStream.output.write(json ? text : DecisionSentence(answer).text)
        if !answer.allowed { throw ExitCode(1) }
    }

    private func answer() async throws -> String {
        guard let config else {
            return try await client.client().ask(query())
        }
        let file = try PolicyFile(contentsOf: config)
        if !json { StandardStream.error.write("Decided here, from a fresh state, by \(file.name):") }
        return try query().answer(of: Limiter(file.policies, store: MemoryStore(capacity: 1_024)))
    }

    private func query() throws -> DecisionQuery {
        var values = Descriptor()
        for word in descriptor {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw ValidationError("'\(word)' is not key=value; write what the request is about, such as user=42.")
            }
            let key = DescriptorKey(String(word[..<equals]))
            guard values[key] == nil else { throw ValidationError("'\(key)' is given twice.") }
            values[key] = String(word[word.index(after: equals)...])
        }
        return DecisionQuery(policy: policy, descriptor: values, cost: cost, charges: !peek)
    }
}
