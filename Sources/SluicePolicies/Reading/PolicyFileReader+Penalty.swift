internal import Sluice

extension PolicyFileReader {
    /// `{ban: 15m, after: 1, within: 15m, max: 24h}`, `{shrink: true, after: 3, within: 1h, recover: 1h}` or
    /// `{hold: true}`.
    func penalty(_ node: YAMLNode, of rule: String) -> Penalty? {
        let known = ["ban", "shrink", "hold", "after", "within", "max", "recover"]
        guard let fields = Fields(node, of: "the penalty of \(rule)", known: known, log) else { return nil }
        let reports = log.reports
        if let hold = fields["hold"] {
            for other in known where other != "hold" { refuse(other, in: fields, because: "does not go with 'hold'") }
            if boolean(hold, "hold") == false {
                log.report("'hold: false' is no penalty; leave the penalty out", at: hold.position)
            }
            return log.reports == reports ? .onHold : nil
        }
        let denials = fields["after"].flatMap { self.denials($0) } ?? 1
        let window = fields["within"].flatMap { duration($0, "within") }
        let penalty: Penalty
        switch (fields["ban"], fields["shrink"]) {
        case (let ban?, nil): penalty = self.ban(ban, fields, after: denials, within: window)
        case (nil, let shrink?): penalty = self.shrink(shrink, fields, after: denials, within: window)
        case (nil, nil):
            log.report("\(fields.subject) has neither 'ban' nor 'shrink'", at: fields.position)
            return nil
        case (.some, .some):
            let second = max(fields.position(of: "ban"), fields.position(of: "shrink"))
            log.report("\(fields.subject) has both 'ban' and 'shrink'; a penalty is one of them", at: second)
            return nil
        }
        return log.reports == reports ? penalty : nil
    }

    private func ban(_ node: YAMLNode, _ fields: Fields, after denials: Int, within window: Duration?) -> Penalty {
        refuse("recover", in: fields, because: "goes with 'shrink', not with 'ban'")
        let ban = duration(node, "ban") ?? .seconds(1)
        let maximum = fields["max"].flatMap { duration($0, "max") }
        if let maximum, maximum < ban, let position = fields["max"]?.position {
            log.report("'max' is shorter than the first ban", at: position)
        }
        return .ban(ban, after: denials, within: window, maximum: maximum)
    }

    private func shrink(_ node: YAMLNode, _ fields: Fields, after denials: Int, within window: Duration?) -> Penalty {
        refuse("max", in: fields, because: "goes with 'ban', not with 'shrink'")
        if boolean(node, "shrink") == false {
            log.report("'shrink: false' is no penalty; leave the penalty out", at: node.position)
        }
        let recovery = fields["recover"].flatMap { duration($0, "recover") } ?? .hours(1)
        return .shrink(after: denials, within: window, recovery: recovery)
    }

    private func denials(_ node: YAMLNode) -> Int? {
        guard let denials = count(node, "after") else { return nil }
        guard denials <= Penalty.maximumDenials else {
            log.report("'after' is at most \(Penalty.maximumDenials)", at: node.position)
            return nil
        }
        return Int(denials)
    }

    /// Reports a key that has no meaning next to the others.
    func refuse(_ key: String, in fields: Fields, because reason: @autoclosure () -> String) {
        guard fields[key] != nil else { return }
        log.report("\(key.quoted) \(reason())", at: fields.position(of: key))
    }
}

extension Penalty {
    /// The most denials that bring a penalty on.
    static let maximumDenials = 16_383
}
