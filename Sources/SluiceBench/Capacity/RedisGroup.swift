/// A group of servers and their Redis, of given sizes: how busy they are, and how many decisions go with a call.
///
/// The longer a call takes, the more gather for the next; and the more go with it, the less Redis has to do. So the two
/// are looked for together.
struct RedisGroup {
    let cost: DecisionCost
    /// Decisions in a second that Redis makes.
    let rate: Double
    /// Those among them that are about one key.
    let hottest: Double
    /// What of a master's time goes to granting what is borrowed.
    let granting: Double
    /// Event loops of all servers, each a lane to Redis.
    let lanes: Double
    let masters: Int
    /// The share of all hash tags that the busiest master has.
    let share: Double

    var isCluster: Bool { masters > 1 }

    /// What was found.
    struct Balance {
        var perCall: Double
        /// Of the busiest master.
        var utilisation: Double
    }

    /// The utilisation of the busiest master, on which the hottest key is taken to be.
    func utilisation(perCall: Double) -> Double {
        let decisions = (rate - hottest) * share + hottest
        return decisions * cost.redis(perCall: perCall, isCluster: isCluster) + granting
    }

    /// Seconds from a call's leaving to its answer, on average.
    func roundTrip(perCall: Double) -> Double {
        let line = line(perCall: perCall)
        return cost.demand.roundTrip + line.mean + line.service
    }

    /// Seconds that so many of a hundred calls wait for the busiest master at most, those included that come with it.
    func wait(_ percent: Double, perCall: Double) -> Double {
        let line = line(perCall: perCall)
        return line.percentile(percent) + line.service * (1 - 1 / atOnce)
    }

    /// Calls that reach the busiest master together: a pipeline's commands lie under many tags, of which it has some.
    private var atOnce: Double { isCluster ? max(1, requestsAtOnce / gathering.group * share) : 1 }

    /// Requests that come with one read of a client's connection.
    private var requestsAtOnce: Double { cost.demand.commandsAtOnce * cost.requests(isCluster: isCluster) }

    /// How requests gather before Redis.
    var gathering: Gathering { .of(requestsAtOnce: requestsAtOnce, isCluster: isCluster) }

    /// The line before the busiest master, of those who come together.
    func line(perCall: Double) -> WaitingLine {
        // Beyond all measure busy is treated as nearly so: what gathers then is a full call all the same.
        WaitingLine(
            service: cost.call(perCall: perCall, isCluster: isCluster) * atOnce,
            utilisation: min(utilisation(perCall: perCall), 0.999))
    }

    var balance: Balance {
        let gathering = gathering
        let queues = lanes * (isCluster ? Double(HashTags.count) : 1)
        let queued = rate * cost.requests(isCluster: isCluster) / queues
        var (low, high) = (gathering.group, gathering.most)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            let gathered = gathering.perCall(rate: queued, roundTrip: roundTrip(perCall: middle))
            if gathered > middle { low = middle } else { high = middle }
        }
        return Balance(perCall: high, utilisation: utilisation(perCall: high))
    }
}
