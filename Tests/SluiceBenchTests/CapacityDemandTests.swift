import Testing

@testable import SluiceBench

@Suite("What capacity is asked for")
struct CapacityDemandTests {
    @Test(
        "is told by numbers as people write them",
        arguments: [
            ("0", 0.0), ("1", 1), ("250k", 250_000), ("1m", 1e6), ("1.5M", 1.5e6), ("1g", 1e9), ("2T", 2e12),
            ("1e6", 1e6), ("1_000", 1_000), ("0.1", 0.1), ("1e-3", 0.001),
        ] as [(String, Double)])
    func counts(text: String, number: Double) throws {
        #expect(try CapacityNumber.count(text) == number)
    }

    @Test(
        "is not told by words, signs or nothing",
        arguments: ["", "k", "-1", "1 000", "1mm", "inf", "nan", "0x10", "1,5"])
    func noCounts(text: String) {
        #expect(throws: BenchError.self) { try CapacityNumber.count(text) }
    }

    @Test(
        "is told by rates in a second, a minute, an hour or a day",
        arguments: [
            ("1m", 1e6), ("1m/s", 1e6), ("90/min", 1.5), ("90/m", 1.5), ("3600/H", 1), ("20/h", 20.0 / 3_600),
            ("86400/day", 1), ("1g/d", 1e9 / 86_400),
        ] as [(String, Double)])
    func rates(text: String, number: Double) throws {
        #expect(abs(try CapacityNumber.rate(text) - number) < number * 1e-12)
    }

    @Test("names the nearest span of time")
    func spans() {
        let error = #expect(throws: BenchError.self) { try CapacityNumber.rate("20/hor") }
        #expect(error?.description.contains("did you mean 'hour'?") == true)
        #expect(throws: BenchError.self) { try CapacityNumber.rate("20/") }
    }

    @Test(
        "is printed with commas, or with three digits",
        arguments: [
            (0.0, "0"), (12, "12"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (1_234.5, "1,235"),
            (0.25, "0.25"), (0.095, "0.095"), (1.061_9, "1.06"), (12.34, "12.3"), (123.4, "123"), (-1_500, "-1,500"),
            (1e9, "1,000,000,000"), (.nan, "–"),
        ] as [(Double, String)])
    func text(number: Double, text: String) {
        #expect(CapacityNumber.text(number) == text)
    }

    @Test("may borrow nothing, what is needed, or so many units")
    func borrowing() throws {
        #expect(try CapacityBorrowing("none") == .none)
        #expect(try CapacityBorrowing("auto") == .auto)
        #expect(try CapacityBorrowing("1k") == .units(1_000))
        for way in [CapacityBorrowing.none, .auto, .units(7)] { #expect(try CapacityBorrowing(way.word) == way) }
        let error = #expect(throws: BenchError.self) { try CapacityBorrowing("atuo") }
        #expect(error?.description.contains("did you mean 'auto'?") == true)
        #expect(throws: BenchError.self) { try CapacityBorrowing("1.5") }
    }

    private static let wrong: [(option: String, change: @Sendable (inout CapacityDemand) -> Void)] = [
        ("--users", { $0.users = 0 }), ("--users", { $0.users = .infinity }), ("--rate", { $0.decisionsPerSecond = 0 }),
        ("--active", { $0.activeShare = 0 }), ("--active", { $0.activeShare = 1.1 }), ("--rules", { $0.rules = 0 }),
        ("--places", { $0.places = 2 }), ("--key-bytes", { $0.keyBytes = 1_025 }), ("--pipeline", { $0.pipeline = 0 }),
        ("--replicas", { $0.replicas = -1 }), ("--groups", { $0.groups = 0 }), ("--cores", { $0.cores = 0 }),
        ("--utilisation", { $0.utilisation = 1 }), ("--round-trip", { $0.roundTrip = 0 }),
        ("--hottest", { $0.hottestShare = 2 }), ("--connections", { $0.connections = 0 }),
        ("--borrow", { $0.borrowing = .units(1) }), ("--entries", { $0.algorithm = .slidingLog }),
        ("--entries", { $0.entries = 5 }),
        (
            "--borrow",
            {
                $0.store = .memory
                $0.borrowing = .auto
            }
        ),
    ]

    @Test("is refused with the option that is wrong", arguments: wrong.indices)
    func refusals(index: Int) {
        var demand = CapacityDemand(users: 1e6, decisionsPerSecond: 1e4)
        #expect(throws: Never.self) { try demand.validate() }
        let (option, change) = Self.wrong[index]
        change(&demand)
        let error = #expect(throws: BenchError.self) { try demand.validate() }
        #expect(error?.description.contains(option) == true, "\(error?.description ?? "nothing") for \(option)")
    }

    @Test("is reckoned with costs that a file may change, one by one")
    func costs() throws {
        let usual = UnitCosts()
        for cost in UnitCost.allCases {
            #expect(cost.detail.usual > 0 && !cost.detail.meaning.isEmpty && !cost.detail.source.isEmpty)
            #expect(usual[cost] == cost.detail.usual)
        }
        #expect(Set(UnitCost.allCases.map(\.rawValue)).count == UnitCost.allCases.count)
        let printed = try UnitCosts(json: usual.json, from: "costs.json")
        for cost in UnitCost.allCases { #expect(printed[cost] == usual[cost]) }
        let changed = try UnitCosts(json: "{\"redis_call_us\": 5}", from: "costs.json")
        #expect(changed[.redisCall] == 5 && changed.source(of: .redisCall) == "costs.json")
        #expect(changed[.rule] == usual[.rule] && changed.source(of: .rule) == UnitCost.rule.detail.source)
    }

    @Test(
        "is not reckoned with a file of something else",
        arguments: [
            ("{\"redis_cal_us\": 5}", "did you mean 'redis_call_us'?"), ("{\"rule_us\": 0}", "rule_us"),
            ("{\"rule_us\": -1}", "rule_us"), ("{\"rule_us\": \"1\"}", "--print-costs"), ("[]", "--print-costs"),
            ("", "--print-costs"),
        ])
    func wrongCosts(json: String, told: String) {
        let error = #expect(throws: BenchError.self) { try UnitCosts(json: json, from: "my.json") }
        #expect(error?.description.contains(told) == true && error?.description.hasPrefix("my.json") == true)
    }
}
