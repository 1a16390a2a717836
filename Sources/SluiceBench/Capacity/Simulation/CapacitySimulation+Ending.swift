extension CapacitySimulation {
    /// Decides by what is borrowed, or lets a command wait for a call.
    /// - Returns: The queue that it waits in; `nil` if it is decided.
    func submit(_ command: Command, at loop: Int) -> Int? {
        let queue = queue(of: command.key, at: loop)
        guard command.key == 0, scene.borrowedUnits > 0 else {
            queues[queue].commands.append(command)
            return queue
        }
        let server = loop / scene.loopsOfServer
        if lots[server].units > 0 {
            lots[server].units -= 1
            answered(command)
        } else {
            queues[queue].commands.append(command)
        }
        // As `LotTable`: more is asked for when less than half of a lot is left.
        if lots[server].units * 2 < scene.borrowedUnits, !lots[server].isAsking {
            lots[server].isAsking = true
            queues[queue].commands.append(Command(arrived: now, key: 0, isGrant: true))
        }
        return queue
    }

    /// A server gets the units that it asked for.
    func grant(_ loop: Int) {
        let server = loop / scene.loopsOfServer
        lots[server].units += scene.borrowedUnits
        lots[server].isAsking = false
    }

    func answered(_ command: Command) {
        guard counts else { return }
        trial.decisions += 1
        if command.key == 0 { trial.hottest += 1 }
        latencies.append(now - command.arrived)
    }

    func finish() -> CapacityTrial {
        let seconds = end - begin
        trial.seconds = seconds
        trial.masters = masters.map { min(1, $0.spent / seconds) }
        trial.loops = loops.reduce(0) { $0 + min(1, $1.spent / seconds) } / Double(loops.count)
        (trial.meanWait, trial.wait) = Self.summary(&waits)
        (trial.meanLatency, trial.latency) = Self.summary(&latencies)
        return trial
    }

    /// The mean, and what 99 of 100 do not exceed.
    private static func summary(_ values: inout [Double]) -> (mean: Double, high: Double) {
        guard !values.isEmpty else { return (0, 0) }
        values.sort()
        let place = Int((Double(values.count) * 0.99).rounded(.up)) - 1
        return (values.reduce(0, +) / Double(values.count), values[max(0, place)])
    }
}
