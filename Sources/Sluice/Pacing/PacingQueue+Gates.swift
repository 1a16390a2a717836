internal import DequeModule
internal import HeapModule

/// Gates, and where lines stand.
extension PacingQueue {
    /// The gate through which a line goes that a rule has denied; a denial by no rule is everybody's.
    func id(of rule: RuleName?, _ line: Int) -> PacingGateID {
        guard let rule, let keys = rules.first(where: { $0.name == rule })?.keys else { return .everything }
        return .rule(rule, keys.compactMap { lines[line].descriptor[$0] })
    }

    /// All gates that a line can go through.
    mutating func gateIDs(of line: Int) -> [PacingGateID] {
        if let known = lines[line].gates { return known }
        let descriptor = lines[line].descriptor
        var ids = [PacingGateID.everything]
        if !descriptor.entries.isEmpty { ids.append(.destination(descriptor)) }
        for rule in rules {
            let values = rule.keys.compactMap { descriptor[$0] }
            if values.count == rule.keys.count { ids.append(.rule(rule.name, values)) }
        }
        lines[line].gates = ids
        return ids
    }

    /// The gate that keeps a line longest, if one does.
    mutating func closedGate(of line: Int, at now: Int64) -> Int? {
        if places.isEmpty { return nil }
        var latest: Int?
        for id in gateIDs(of: line) {
            guard let place = places[id], let opensAt = gates[place]?.opensAt, opensAt > now else { continue }
            if latest.map({ gates[$0]!.opensAt < opensAt }) ?? true { latest = place }
        }
        return latest
    }

    /// Closes a gate until a moment.
    @discardableResult
    mutating func close(_ id: PacingGateID, until moment: Int64) -> Int {
        let place = places[id] ?? newGate(id)
        gates[place]!.opensAt = moment
        openings.insert(Moment(nanoseconds: moment, subject: UInt64(place)))
        if openings.count > 2 * places.count + Self.slack {
            openings = Heap(openings.unordered.filter { gates[Int($0.subject)]?.opensAt == $0.nanoseconds })
        }
        return place
    }

    private mutating func newGate(_ id: PacingGateID) -> Int {
        if places.count >= 2 * settings.capacity + Self.slack { forgetEmptyGates() }
        let gate = PacingGate(id: id, opensAt: .min)
        let place: Int
        if let free = freeGates.popLast() {
            place = free
            gates[place] = gate
        } else {
            place = gates.count
            gates.append(gate)
        }
        places[id] = place
        return place
    }

    /// Forgets gates that nobody waits behind: the limiter says again what they said. The pause of everything stays.
    private mutating func forgetEmptyGates() {
        for (id, place) in places where id != .everything {
            guard let gate = gates[place], gate.lanes.isEmpty, !gate.isRepresented else { continue }
            remove(gate: place)
        }
    }

    private mutating func remove(gate place: Int) {
        guard let gate = gates[place] else { return }
        places[gate.id] = nil
        gates[place] = nil
        freeGates.append(place)
    }

    /// Opens the gates whose time has come.
    mutating func openGates(at now: Int64) {
        while let next = openings.min, next.nanoseconds <= now {
            openings.removeMin()
            let place = Int(next.subject)
            if gates[place]?.opensAt == next.nanoseconds { release(place, at: now) }
        }
    }

    private func canRelease(_ place: Int, at now: Int64) -> Bool {
        guard let gate = gates[place] else { return false }
        return gate.opensAt <= now && !gate.isRepresented
    }

    /// Sends the next line of an open gate to the ready, unless one stands there for it already.
    mutating func release(_ place: Int, at now: Int64) {
        guard canRelease(place, at: now) else { return }
        guard let (line, isDue) = gates[place]!.lanes.pop(patience: settings.patience, stamps: stamps) else {
            return remove(gate: place)
        }
        gates[place]!.isRepresented = true
        lines[line].represents = place
        if isDue { lines[line].isDue = true }
        stand(line, .ready)
    }

    /// What a line stood for among the ready has been settled: the next one may come.
    mutating func resolve(_ line: Int, at now: Int64) {
        guard let place = lines[line].represents else { return }
        lines[line].represents = nil
        gates[place]?.isRepresented = false
        release(place, at: now)
    }

    // MARK: - Standing

    /// Whether one of a line's sends is being made or asked about.
    func isBusy(_ line: Int) -> Bool { lines[line].isRunning || lines[line].isAsked }

    /// Puts a line where it belongs.
    mutating func place(_ line: Int, at now: Int64) {
        guard lines[line].place == .nowhere, !isBusy(line), lines[line].first != nil else { return }
        guard let gate = closedGate(of: line, at: now) else { return stand(line, .ready) }
        park(line, behind: gate, at: now)
    }

    /// Puts a line behind a closed gate; what certainly cannot begin in time is given up.
    mutating func park(_ line: Int, behind place: Int, at now: Int64) {
        let opensAt = gates[place]!.opensAt
        while let first = lines[line].first, let known = sends[first], known.deadline < opensAt {
            fail(first, .tooLate(retryAfter: .nanoseconds(opensAt - now)), at: now)
        }
        stand(line, .behind(place))
    }

    private mutating func stand(_ line: Int, _ place: PacingLine.Place) {
        guard let priority = lines[line].priority else { return }
        lastStamp += 1
        stamps[line] = lastStamp
        lines[line].place = place
        lines[line].standing = priority
        let isDue = lines[line].isDue
        let entry = PacingLanes.Entry(turn: lines[line].turn, line: line, stamp: lastStamp)
        switch place {
        case .ready: ready.push(entry, priority, isDue: isDue, stamps: stamps)
        case .behind(let gate): gates[gate]!.lanes.push(entry, priority, isDue: isDue, stamps: stamps)
        case .nowhere: break
        }
    }

    /// Stands at the same place under another priority.
    mutating func restand(_ line: Int) {
        let place = lines[line].place
        forget(line)
        stand(line, place)
    }

    private mutating func forget(_ line: Int) {
        switch lines[line].place {
        case .ready: ready.forget()
        case .behind(let gate): gates[gate]?.lanes.forget()
        case .nowhere: break
        }
        stamps[line] = 0
    }

    /// Leaves where the line stands.
    mutating func leave(_ line: Int, at now: Int64) {
        let place = lines[line].place
        forget(line)
        lines[line].place = .nowhere
        resolve(line, at: now)
        if case .behind(let gate) = place, gates[gate]?.lanes.isEmpty == true { release(gate, at: now) }
    }

    /// Puts a line that nothing happens to any more where it belongs, or removes it.
    mutating func settleDown(_ line: Int, at now: Int64) {
        guard !isBusy(line), lines[line].place == .nowhere else { return }
        if lines[line].first == nil {
            resolve(line, at: now)
            removeLine(line)
        } else {
            place(line, at: now)
        }
    }
}

/// Lines and moments.
extension PacingQueue {
    /// The line to a destination; a new one if there is none, and for whatever keeps no order.
    mutating func line(to destination: Descriptor, inOrder: Bool) -> Int {
        if inOrder, let known = destinations[destination] { return known }
        let fresh = PacingLine(destination, isOrdered: inOrder)
        let line: Int
        if let free = freeLines.popLast() {
            line = free
            lines[line] = fresh
        } else {
            line = lines.count
            lines.append(fresh)
            stamps.append(0)
        }
        if inOrder { destinations[destination] = line }
        return line
    }

    mutating func removeLine(_ line: Int) {
        guard !lines[line].isFree else { return }
        if lines[line].isOrdered { destinations[lines[line].descriptor] = nil }
        lines[line] = PacingLine(Descriptor(), isOrdered: false)
        lines[line].isFree = true
        stamps[line] = 0
        freeLines.append(line)
    }

    /// Notes when a send is too late, and what it is worth.
    mutating func note(_ send: UInt64) {
        guard let known = sends[send] else { return }
        if known.deadline < .max {
            deadlines.insert(Moment(nanoseconds: known.deadline, subject: send))
            if deadlines.count > 2 * waiting + Self.slack {
                deadlines = Heap(deadlines.unordered.filter { sends[$0.subject]?.isWaiting == true })
            }
        }
        guard settings.whenFull == .dropLowest else { return }
        worths.insert(Worth(priority: known.priority.rawValue, send: send))
        if worths.count > 2 * waiting + Self.slack {
            worths = Heap(worths.unordered.filter { sends[$0.send]?.isWaiting == true })
        }
    }

    /// Gives up what is too late.
    mutating func expire(at now: Int64) {
        while let next = deadlines.min, next.nanoseconds < now {
            deadlines.removeMin()
            if sends[next.subject]?.isWaiting == true { fail(next.subject, .tooLate(retryAfter: nil), at: now) }
        }
    }

    /// When there is something to do without anybody coming.
    mutating func nextMoment() -> Int64? {
        while let next = openings.min, gates[Int(next.subject)]?.opensAt != next.nanoseconds { openings.removeMin() }
        while let next = deadlines.min, sends[next.subject]?.isWaiting != true { deadlines.removeMin() }
        return [openings.min?.nanoseconds, deadlines.min.map { $0.nanoseconds.saturatingAdding(1) }]
            .compactMap(\.self).min()
    }
}
