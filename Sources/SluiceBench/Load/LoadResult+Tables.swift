extension LoadResult {
    /// What tables of loads tell in each row.
    static let columns = ["answers", "p50", "p90", "p99", "p99.9", "longest", "errors", "denied"]

    /// A row's figures, by the rounds of a load.
    /// - Parameter part: Picks one task, or all of them.
    static func figures(
        of rounds: [LoadResult], marks: LoadMarks = LoadMarks(), _ part: (LoadResult) -> Part = \.all
    ) -> [Figure?] {
        let parts = rounds.map { (part: part($0), result: $0) }
        func figure(
            _ unit: Figure.Unit, bound: Double? = nil, _ value: (Part, LoadResult) -> Double?
        ) -> Figure? {
            let values = parts.compactMap { value($0.part, $0.result) }
            return values.isEmpty ? nil : Figure(Rounds(values), unit, bound: bound)
        }
        func percentile(_ percent: Double, _ bound: Duration? = nil) -> Figure? {
            figure(.nanoseconds, bound: bound.map { $0 / .nanoseconds(1) }) { part, _ in
                part.latencies.percentile(percent)
            }
        }
        return [
            figure(.perSecond, bound: marks.rate) { $1.rate(of: $0) },
            percentile(50, marks.median), percentile(90), percentile(99, marks.percentile99), percentile(99.9),
            percentile(100), figure(.share, bound: marks.errorShare) { part, _ in part.errorShare },
            figure(.share) { part, _ in part.asked > 0 ? Double(part.denied) / Double(part.asked) : nil },
        ]
    }

    /// All that the run says, as tables: by task, by outcome, by time.
    public func tables() -> [BenchTable] {
        var byTask = BenchTable(
            "\(plan.url): \(plan.summary)", "task", columns: Self.columns,
            notes: [
                plan.rate == nil
                    ? "closed loop: a user asks again once he is answered; what takes long is asked less"
                    : "open loop: times count from when a request was due, whether or not somebody was free to ask",
                "answers: those without an error, in each second; a denial (429) is an answer and no error",
                "what timed out is among the times with what was waited for it; a lost connection is not",
            ])
        for (index, task) in tasks.enumerated() {
            byTask.add(task.name, Self.figures(of: [self]) { $0.tasks[index] })
        }
        byTask.add("all", Self.figures(of: [self], marks: plan.marks))
        return [byTask, outcomes, seconds(rows: 30)]
    }

    private var outcomes: BenchTable {
        var table = BenchTable("what became of the requests", "outcome", columns: ["requests", "share"])
        let all = all
        func add(_ name: String, _ count: Int) {
            let share = Double(count) / Double(max(1, all.asked))
            table.add(name, [Figure(Rounds([Double(count)]), .count), Figure(Rounds([share]), .share)])
        }
        for (status, count) in all.statuses.sorted(by: { $0.key < $1.key }) { add("status \(status)", count) }
        for fault in LoadFault.allCases where fault != .refused && fault != .failed {
            if let count = all.faults[fault] { add(fault.rawValue, count) }
        }
        add("all", all.asked)
        return table
    }

    /// Seconds, or spans of several when there are too many for so many rows.
    private func seconds(rows: Int) -> BenchTable {
        let step = max(1, (answersBySecond.count + rows - 1) / rows)
        var table = BenchTable("answers without an error, as time goes by", "second", columns: ["answers"])
        for start in stride(from: 0, to: answersBySecond.count, by: step) {
            let end = min(start + step, answersBySecond.count)
            // The last second may be only a part of one.
            let span = min(Double(end), seconds) - Double(start)
            guard span > 0 else { break }
            let rate = Double(answersBySecond[start..<end].reduce(0, +)) / span
            table.add(end - start > 1 ? "\(start + 1)–\(end)" : "\(end)", [Figure(Rounds([rate]), .perSecond)])
        }
        return table
    }
}

extension LoadPlan {
    /// What it does, in a line.
    var summary: String {
        var words = ["\(users) \(users == 1 ? "user" : "users")"]
        if let ramp { words.append("\(Self.number(ramp)) more each second") }
        if thinkTime.upperBound > .zero {
            let (low, high) = (thinkTime.lowerBound, thinkTime.upperBound)
            let pause = low == high ? Self.text(low) : "\(Self.text(low)) to \(Self.text(high))"
            words.append("thinking \(pause)")
        }
        if let rate { words.append("\(Self.number(rate)) requests due each second") }
        words.append(requests.map { "\($0) requests" } ?? "for \(Self.text(duration))")
        return words.joined(separator: ", ")
    }

    private static func text(_ span: Duration) -> String { FigureText.text(span / .nanoseconds(1), .nanoseconds) }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
}
