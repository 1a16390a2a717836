import ArgumentParser
import Sluice
import SluiceServer
import Synchronization
import UnixSignals

/// `sluice top`
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show what a server limits, as it happens.",
        discussion: """
            In a terminal it is drawn in place, each second: q leaves, s changes the order of the rules. Elsewhere a \
            screen follows the other.
            """)

    @OptionGroup var client: ClientOptions

    @Flag(help: "Print one screen and end.")
    var once = false

    @Option(help: ArgumentHelp("By what to order rules: denied, decisions or name.", valueName: "word"))
    var sort = "denied"

    @Flag(help: "Print what the server tells, one JSON object a second.")
    var json = false

    func validate() throws {
        guard TopScreen.Order(rawValue: sort) != nil else {
            let words = TopScreen.Order.allCases.map(\.rawValue)
            throw ValidationError(
                "--sort '\(sort)' is none of \(words.joined(separator: ", "))"
                    + NearestWord.hint(for: sort, among: words) + ".")
        }
    }

    func run() async throws {
        let client = try client.client()
        if json { return try await printJSON(client) }
        guard !once, let terminal = Terminal() else { return try await printScreens(client) }
        do {
            try await draw(on: terminal, client)
            terminal.restore()
        } catch {
            terminal.restore()
            throw error
        }
    }

    private func printJSON(_ client: DecisionClient) async throws {
        try await client.follow("/v1/events") { event in
            guard event.name == "summary" else { return true }
            StandardStream.output.write(event.data)
            return !once
        }
    }

    private func printScreens(_ client: DecisionClient) async throws {
        var before: ServerSummary?
        var isFirst = true
        try await client.follow("/v1/events") { event in
            guard event.name == "summary" else { return true }
            let now = try ServerSummary(json: event.data)
            defer { before = now }
            guard let before else { return true }
            let lines = screen(before, now, TopScreen.Order(rawValue: sort) ?? .denied)
                .lines(width: 160, height: .max / 2)
            StandardStream.output.write((isFirst ? "" : "\n") + lines.joined(separator: "\n"))
            isFirst = false
            return !once
        }
    }

    /// What a terminal shows, changed by the server's events and by keys.
    private struct State: Sendable {
        var before: ServerSummary?
        var now: ServerSummary?
        var order: TopScreen.Order
        var fault: String?
        var hasEnded = false
    }

    /// The state, shared by who follows the server and who draws.
    private final class Shown: Sendable {
        let state: Mutex<State>

        init(_ state: sending State) { self.state = Mutex(state) }
    }

    private func draw(on terminal: Terminal, _ client: DecisionClient) async throws {
        let shown = Shown(State(order: TopScreen.Order(rawValue: sort) ?? .denied))
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                for await _ in signals { break }
                shown.state.withLock { $0.hasEnded = true }
            }
            group.addTask { await follow(client, shown) }
            while !shown.state.withLock({ $0.hasEnded }) {
                switch terminal.key() {
                case "q", "Q", "\u{1b}": shown.state.withLock { $0.hasEnded = true }
                case "s": shown.state.withLock { $0.order = $0.order.next }
                default: break
                }
                let (width, height) = terminal.size
                terminal.draw(lines(shown.state.withLock { $0 }, width: width, height: height))
                try await Task.sleep(for: .milliseconds(100))
            }
            group.cancelAll()
        }
    }

    /// Follows the server, and again when it was away.
    private func follow(_ client: DecisionClient, _ shown: Shown) async {
        while !Task.isCancelled {
            do {
                try await client.follow("/v1/events") { event in
                    guard event.name == "summary" else { return !Task.isCancelled }
                    let summary = try ServerSummary(json: event.data)
                    shown.state.withLock { state in
                        (state.before, state.now, state.fault) = (state.now, summary, nil)
                    }
                    return !Task.isCancelled
                }
                shown.state.withLock { $0.fault = "The server has ended the stream." }
            } catch {
                shown.state.withLock { $0.fault = "\(error)" }
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func lines(_ state: State, width: Int, height: Int) -> [String] {
        let foot =
            state.fault.map { "\u{1b}[33m\($0)\u{1b}[0m" } ?? "q leaves, s orders by \(state.order.next.rawValue)"
        guard let now = state.now, let before = state.before else {
            return [state.fault ?? "Waiting for \(client.address) …"]
        }
        var lines = screen(before, now, state.order, colors: true).lines(width: width, height: max(2, height - 2))
        lines += Array(repeating: "", count: max(0, height - 1 - lines.count))
        return lines + [foot]
    }

    private func screen(
        _ before: ServerSummary, _ now: ServerSummary, _ order: TopScreen.Order, colors: Bool? = nil
    ) -> TopScreen {
        TopScreen(
            server: client.address, before: before, now: now, order: order,
            colors: colors ?? StandardStream.output.showsColors)
    }
}
