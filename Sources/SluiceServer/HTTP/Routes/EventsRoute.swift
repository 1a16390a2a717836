import HTTPTypes
import Hummingbird
import NIOCore
import Sluice
import SluiceHTTP
import Synchronization

/// `GET /v1/events`: what happens, as it happens (server-sent events), or what was denied last (lines of JSON).
///
/// Source: the HTML standard's server-sent events, https://html.spec.whatwg.org/multipage/server-sent-events.html.
struct EventsRoute: Sendable {
    let statistics: ServerStatistics
    let feed: SummaryFeed

    /// The most streams at a time.
    static let mostStreams = 256

    private var watch: DecisionWatch { statistics.engine.limiter.store.watch }

    func add(to router: Router<HTTPContext>) {
        router.get("/v1/events") { request, _ in try respond(to: request) }
    }

    private func respond(to request: Request) throws -> Response {
        let wanted = try EventQuery(request)
        if request.headers[.accept]?.contains("application/x-ndjson") == true { return recent(wanted, request) }
        guard statistics.streams.load(ordering: .relaxed) < Self.mostStreams else {
            throw Problem.overloaded("There are \(Self.mostStreams) streams of events, the most")
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                statistics.streams.add(1, ordering: .relaxed)
                defer { statistics.streams.subtract(1, ordering: .relaxed) }
                if let filter = wanted.filter {
                    let teller = DecisionTeller(watch.subscribe(filter), feed, withSummaries: wanted.withSummaries)
                    defer { watch.unsubscribe(teller.subscription) }
                    // Summaries are made only while somebody listens to them.
                    let number = wanted.withSummaries ? feed.listen().number : nil
                    defer { if let number { feed.leave(number) } }
                    try await writer.write(wanted.withSummaries ? history() : ByteBuffer(string: ": watching\n\n"))
                    while let bytes = try await teller.next() { try await writer.write(bytes) }
                } else {
                    let (events, number) = feed.listen()
                    defer { feed.leave(number) }
                    try await writer.write(history())
                    for await event in events { try await writer.write(event) }
                }
                try await writer.finish(nil)
            })
    }

    /// The denials kept, a line each.
    private func recent(_ wanted: EventQuery, _ request: Request) -> Response {
        var out = ByteWriter(capacity: 64 << 10)
        for event in watch.recentDenials where wanted.filter?.accepts(event) != false {
            out.write(event)
            out.write(UInt8(ascii: "\n"))
        }
        return .lines(out, to: request)
    }

    private func history() -> ByteBuffer {
        var out = ByteWriter(capacity: 4 << 10)
        out.writeEvent("history") { out in
            out.write("{\"step\":")
            out.writeDecimal(Int64(SummaryFeed.step))
            out.writeJSONName("points")
            out.writeJSONArray(feed.points) { out, point in
                out.write(UInt8(ascii: "["))
                out.write(number: point.time.seconds)
                out.write(UInt8(ascii: ","))
                out.write(number: point.allowed)
                out.write(UInt8(ascii: ","))
                out.write(number: point.denied)
                out.write(UInt8(ascii: ","))
                out.write(seconds: point.p50)
                out.write(UInt8(ascii: ","))
                out.write(seconds: point.p99)
                out.write(UInt8(ascii: "]"))
            }
            out.write(UInt8(ascii: "}"))
        }
        return ByteBuffer(bytes: out.bytes)
    }
}

/// Gathers what one stream of decisions is told next.
private final class DecisionTeller {
    /// How often decisions are told that were made since.
    private static let pause: Duration = .milliseconds(100)
    /// After how many pauses without anything to tell a stream is kept alive by a comment.
    private static let silentPauses = 150

    let subscription: EventSubscription
    private let feed: SummaryFeed
    private let withSummaries: Bool
    private var lastSummary = 0

    init(_ subscription: EventSubscription, _ feed: SummaryFeed, withSummaries: Bool) {
        self.subscription = subscription
        self.feed = feed
        self.withSummaries = withSummaries
    }

    /// Waits until there is something to tell; `nil` once the server stops.
    func next() async throws -> ByteBuffer? {
        for _ in 0..<Self.silentPauses {
            try await Task.sleep(for: Self.pause)
            guard !feed.hasEnded else { return nil }
            let bytes = gather()
            if bytes.readableBytes > 0 { return bytes }
        }
        return ByteBuffer(string: ": \n\n")
    }

    private func gather() -> ByteBuffer {
        var out = ByteWriter(capacity: 4 << 10)
        let (events, lost) = subscription.take()
        for event in events { out.writeEvent("decision") { $0.write(event) } }
        if lost > 0 {
            out.writeEvent("lost") { out in
                out.write("{\"count\":")
                out.writeDecimal(Int64(lost))
                out.write(UInt8(ascii: "}"))
            }
        }
        var bytes = ByteBuffer(bytes: out.bytes)
        if withSummaries, let (summary, number) = feed.latest, number != lastSummary {
            lastSummary = number
            bytes.writeImmutableBuffer(summary)
        }
        return bytes
    }
}

extension ByteWriter {
    /// Writes a server-sent event of one line of data.
    fileprivate mutating func writeEvent(_ name: StaticString, _ data: (inout ByteWriter) -> Void) {
        write("event: ")
        write(name)
        write("\ndata: ")
        data(&self)
        write("\n\n")
    }
}

/// What somebody wants to be told of.
struct EventQuery {
    /// Which decisions; `nil` for none.
    var filter: EventFilter?
    var withSummaries = true

    private static let words = ["decisions", "policy", "rule", "outcome", "caller", "summary"]

    /// - Throws: `Problem` for a word or a value that means nothing.
    init(_ request: Request) throws {
        let query = request.uri.queryParameters
        for (name, _) in query where !Self.words.contains(String(name)) {
            let hint = NearestWord.hint(for: String(name.prefix(64)), among: Self.words)
            throw Problem.badRequest("'\(name.prefix(64))' means nothing here\(hint).")
        }
        withSummaries = try Self.flag(query["summary"].map(String.init), named: "summary") ?? true
        var outcomes: Set<CountedOutcome> = []
        switch query["decisions"].map(String.init) {
        case nil
        where query["outcome"] == nil && query["caller"] == nil && query["policy"] == nil
            && query["rule"] == nil:
            return
        case nil, "denied": outcomes = [.denied, .impossible]
        case "all": outcomes = Set(CountedOutcome.allCases)
        case .some(let other):
            throw Problem.badRequest("'decisions' is 'denied' or 'all', not '\(other.prefix(64))'.")
        }
        if let words = query["outcome"] {
            outcomes = []
            for word in words.split(separator: ",") {
                guard let outcome = CountedOutcome(rawValue: String(word)) else {
                    let all = CountedOutcome.allCases.map(\.rawValue)
                    let hint = NearestWord.hint(for: String(word.prefix(64)), among: all)
                    throw Problem.badRequest("'\(word.prefix(64))' is no outcome\(hint).")
                }
                outcomes.insert(outcome)
            }
        }
        filter = EventFilter(
            policy: query["policy"].map(String.init), rule: query["rule"].map(String.init), outcomes: outcomes,
            callerPrefix: query["caller"].map(String.init))
    }

    static func flag(_ text: String?, named name: String) throws -> Bool? {
        switch text {
        case nil: nil
        case "true": true
        case "false": false
        default: throw Problem.badRequest("'\(name)' is true or false.")
        }
    }
}
