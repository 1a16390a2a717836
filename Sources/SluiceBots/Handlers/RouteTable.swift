/// All handlers in one list, nested routers laid flat, with the commands looked up.
struct RouteTable: Sendable {
    let targets: [BotRouteTarget]
    /// The first handler of each command that asks for nothing but the command.
    private let byCommand: [String: Int]
    /// The places of all others, in order.
    private let others: [Int]

    init(_ targets: [BotRouteTarget]) {
        self.targets = targets
        var byCommand: [String: Int] = [:]
        var others: [Int] = []
        for (place, target) in targets.enumerated() {
            if case .commands(let names) = target.filter.test {
                for name in names where byCommand[name] == nil { byCommand[name] = place }
            } else {
                others.append(place)
            }
        }
        self.byCommand = byCommand
        self.others = others
    }

    /// The first handler that takes an update.
    func target(of update: BotUpdate) -> BotRouteTarget? {
        var first = targets.count
        if let command = update.command, let place = byCommand[command] ?? byCommand[command.lowercased()] {
            first = place
        }
        for place in others {
            guard place < first else { break }
            if targets[place].filter.takes(update) { return targets[place] }
        }
        return first < targets.count ? targets[first] : nil
    }
}
