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

    @Option(
        help: ArgumentHelp(
            "The server to ask: http://HOST:PORT, https://HOST:PORT or unix:PATH.", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "A file with the token of a user, for a server that answers users only; else SLUICE_TOKEN of the "
                + "environment.", valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "The authorities to trust with https, in PEM; without it those of the system.", valueName: "file"))
    var caFile: String?

    @Option(help: ArgumentHelp("The policy file to decide by, without a server.", valueName: "file"))
    var config: String?

    @Flag(help: "Print the decision as JSON.")
    var json = false

    func validate() throws {
        if server != nil, config != nil {
            throw ValidationError("--server asks a server and --config decides here; give one of them.")
        }
        if config != nil, tokenFile != nil || caFile != nil {
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
            let client = try DecisionClient(
                server: server ?? "http://127.0.0.1:8080", token: try token(), authorityFile: caFile)
            return try await client.ask(query())
        }
        let file = try PolicyFile(contentsOf: config)
        if !json { StandardStream.error.write("Decided here, from a fresh state, by \(file.name):") }
        return try query().answer(of: Limiter(file.policies, store: MemoryStore(capacity: 1_024)))
    }

    private func token() throws -> String? {
        guard let tokenFile else { return ProcessInfo.processInfo.environment["SLUICE_TOKEN"] }
        guard let bytes = FileManager.default.contents(atPath: tokenFile) else {
            throw ValidationError("--token-file '\(tokenFile)' cannot be read.")
        }
        let token = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError("--token-file '\(tokenFile)' holds no token: write it alone on one line.")
        }
        return token
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
