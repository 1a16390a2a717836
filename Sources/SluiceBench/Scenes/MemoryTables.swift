import Sluice

/// The tables of the suite `memory`.
struct MemoryTables {
    /// How many users there are, with what is published of them in memory and on Redis.
    private static let counts: [(users: Int, inMemory: Double?, onRedis: Double?)] = [
        (1_000, 0.3e6, 0.1e6), (10_000, 3e6, 1e6), (100_000, 30e6, 10e6), (1_000_000, nil, nil),
        (10_000_000, nil, nil),
    ]
    /// What a user is given room for before he is let in: more than he takes with everything.
    private static let roomForUser = 512
    /// The most users that are sent to a Redis.
    private static let mostOnRedis = 1_000_000
    /// What a bot keeps of each user who has sent one message.
    private static let usual = CallerScene.Part(
        name: "a rate limit and a debounce", rules: [CallerScene.rate, CallerScene.debounce], messages: 1)

    private let context: BenchContext
    private let footprint: RedisFootprint?

    init(_ context: BenchContext) {
        self.context = context
        footprint = context.redis.map { RedisFootprint($0) }
    }

    func close() async { await footprint?.close() }

    /// What users take who are limited and debounced.
    func users() async throws -> BenchTable {
        var table = BenchTable(
            "users who have sent one message: a rate limit and a debounce for each", "users",
            columns: ["slots in use", "the process", "Redis"], source: "aiogram-sentinel 0.1.1",
            notes: [
                "slots: what the store says; the process: by how much its own pages grow, counted by the system",
                "nobody yet: a limiter that has decided once, without the program's code, which is its file's",
                "Redis: by how much used_memory grows, less what connections take; up to 1,000,000 users",
            ] + scaleNotes)
        // What code sets up when it first runs is no user's.
        _ = try await CallerScene.measure(Self.usual, users: 100)
        let base = try await rounds(of: 1) { try await CallerScene.base(Self.usual) }
        table.add("nobody yet", [nil, base.map { Figure($0, .bytes, published: 2.5e6) }, nil])
        for (index, line) in Self.counts.enumerated() {
            let name = Self.name(line.users)
            context.progress("\(name) users", 0.3 * Double(index) / Double(Self.counts.count))
            let (store, process) = try await measure(Self.usual, line.users)
            let redis = try await redis([RedisFootprint.rate, RedisFootprint.debounce], line.users)
            table.add(
                name,
                [
                    store.map { Figure($0, .bytes) },
                    process.map { Figure($0, .bytes, published: line.inMemory) },
                    redis.map { Figure($0, .bytes, published: line.onRedis) },
                ])
        }
        return table
    }

    /// What each component takes in this process, and all that users have together.
    func components() async throws -> BenchTable {
        let messages = context.scaled(20)
        let parts: [CallerScene.Part] = [
            .init(name: "a rate limit", rules: [CallerScene.rate], messages: 1),
            .init(name: "a debounce", rules: [CallerScene.debounce], messages: 1),
            .init(name: "a cooldown", rules: [CallerScene.pause], messages: 1),
            .init(name: "an exact log of 20 messages", rules: [CallerScene.log], messages: messages),
        ]
        let all = CallerScene.Part(name: "all of these", rules: parts.flatMap(\.rules), messages: messages)
        var table = BenchTable(
            "each component by itself, for so many users", "component",
            columns: Self.counts.map { Self.name($0.users) },
            notes: [
                "slots and chunks in use, as the store says; breakers and names: by how much the heap grows",
                "a breaker for each of so many endpoints, up to 100,000",
                "denied callers: the names kept for whoever looks on, of up to 1,000,000 who are denied once",
                "from 1,000,000 users on it is one round",
            ] + scaleNotes)
        for (index, part) in parts.enumerated() {
            let figures = try await row(0.3 + 0.1 * Double(index), part.name) { try await measure(part, $0).store }
            table.add(part.name, figures)
        }
        var whole: [(store: Rounds?, process: Rounds?)] = []
        for (column, line) in Self.counts.enumerated() {
            context.progress("all of these, \(Self.name(line.users))", 0.7 + 0.02 * Double(column))
            whole.append(try await measure(all, line.users))
        }
        table.add("all of these, slots and chunks", whole.map { $0.store.map { Figure($0, .bytes) } })
        table.add("all of these, the process", whole.map { $0.process.map { Figure($0, .bytes) } })
        let breakers = try await row(0.8, "breakers") { count in
            count > 100_000 ? nil : try await rounds(of: count) { try await HeapScene.breakers(onHeap(count)) }
        }
        table.add("a breaker, open", breakers)
        let names = try await row(0.83, "denied callers") { count in
            count > 1_000_000 ? nil : try await rounds(of: count) { try await HeapScene.deniedCallers(onHeap(count)) }
        }
        table.add("names of denied callers", names)
        return table
    }

    /// What each component takes on Redis; `nil` without one.
    func redisComponents() async throws -> BenchTable? {
        guard footprint != nil else { return nil }
        var table = BenchTable(
            "each component by itself, on Redis", "component", columns: ["each user", "1,000 users", "10,000 users"],
            source: "aiogram-sentinel 0.1.1",
            notes: ["each user: the growth by 10,000, divided by them; see above for how it is measured"] + scaleNotes)
        let lines: [(name: String, rules: [Rule], published: [Double])] = [
            ("rate limits", [RedisFootprint.rate], [100, 100_000, 1e6]),
            ("debounce", [RedisFootprint.debounce], [50, 50_000, 0.5e6]),
            ("total", [RedisFootprint.rate, RedisFootprint.debounce], [150, 150_000, 1.5e6]),
        ]
        for (index, line) in lines.enumerated() {
            context.progress("\(line.name) on Redis", 0.86 + 0.04 * Double(index))
            let few = try await redis(line.rules, 1_000)
            let many = try await redis(line.rules, 10_000)
            let each = many.map { rounds in Rounds(rounds.values.map { $0 / Double(context.scaled(10_000)) }) }
            let figures = zip([each, few, many], line.published).map { rounds, published in
                rounds.map { Figure($0, .bytes, published: published) }
            }
            table.add(line.name, figures)
        }
        return table
    }

    private func row(
        _ share: Double, _ what: String, _ measure: (_ users: Int) async throws -> Rounds?
    ) async throws -> [Figure?] {
        var figures: [Figure?] = []
        for (column, line) in Self.counts.enumerated() {
            context.progress("\(what), \(Self.name(line.users))", share + 0.005 * Double(column))
            figures.append(try await measure(line.users).map { Figure($0, .bytes) })
        }
        return figures
    }

    /// How many there are of what lies on the heap, where a few may find room that glibc keeps aside as if in use.
    private func onHeap(_ count: Int) -> Int { max(100, context.scaled(count)) }

    /// `nil` for more users than there is memory for.
    private func measure(_ part: CallerScene.Part, _ users: Int) async throws -> (store: Rounds?, process: Rounds?) {
        let count = context.scaled(users)
        guard isRoom(for: count) else { return (nil, nil) }
        var (store, process) = (Rounds(), [Double?]())
        for _ in 0..<roundCount(of: count) {
            let bytes = try await CallerScene.measure(part, users: count)
            store.add(bytes.store)
            process.append(bytes.process)
        }
        return (store, Self.rounds(process))
    }

    /// `nil` without a Redis, and for more users than are sent there.
    private func redis(_ rules: [Rule], _ users: Int) async throws -> Rounds? {
        guard let footprint, users <= Self.mostOnRedis else { return nil }
        let count = context.scaled(users)
        var rounds = Rounds()
        // Redis is asked to hold still before and after, which takes longer than the rest.
        for _ in 0..<min(3, roundCount(of: count)) { rounds.add(try await footprint.growth(rules, users: count)) }
        return rounds
    }

    private func rounds(of users: Int, _ measure: () async throws -> Double?) async throws -> Rounds? {
        var values: [Double?] = []
        for _ in 0..<roundCount(of: context.scaled(users)) { values.append(try await measure()) }
        return Self.rounds(values)
    }

    /// `nil` if nobody tells.
    private static func rounds(_ values: [Double?]) -> Rounds? {
        let known = values.compactMap(\.self)
        return known.count == values.count ? Rounds(known) : nil
    }

    /// Fewer for many users, who take their time and vary least.
    private func roundCount(of users: Int) -> Int { max(1, min(context.rounds, 1_000_000 / users)) }

    private func isRoom(for users: Int) -> Bool {
        // A million users have room wherever a server runs.
        guard users > 1_000_000 else { return true }
        return OwnMemory.available.map { $0 > users * Self.roomForUser } ?? false
    }

    private var scaleNotes: [String] {
        var notes: [String] = []
        if let most = Self.counts.map({ context.scaled($0.users) }).max(), !isRoom(for: most) {
            let room = FigureText.text(Double(most * Self.roomForUser), .bytes)
            notes.append("\(Self.name(most)) users: not measured, for that takes \(room) of free memory")
        }
        if context.scale < 1 { notes.append("scaled: \(context.scale) of the users, and of the messages") }
        return notes
    }

    private static func name(_ users: Int) -> String { FigureText.text(Double(users), .count) }
}
