import NIOCore
import Testing

@testable import RESP

@Suite("A lane to one server")
struct SingleLaneTests {
    private let server = LaneTrial.seed

    @Test("sends what was handed in before it was started")
    func early() {
        let trial = LaneTrial(.single)
        let request = trial.send()
        trial.start()
        #expect(trial.outcome(request) == "\(server)" && trial.route(5) == server && trial.lane.nodes.count == 1)
    }

    @Test("waits for a server that loads")
    func loading() {
        let trial = LaneTrial(.single)
        trial.start()
        trial.scripted[server] = ["-LOADING Redis is loading the dataset in memory\r\n"]
        let request = trial.send()
        trial.servers.pass(milliseconds: 2)
        #expect(trial.outcome(request) == "\(server)")
    }

    @Test("shows redirects to the user, who forgot to say that it is a cluster")
    func cluster() {
        let trial = LaneTrial(.single)
        trial.start()
        trial.scripted[server] = ["-MOVED 5 10.0.0.1:1\r\n"]
        #expect(trial.outcome(trial.send()) == "MOVED 5 10.0.0.1:1" && trial.servers.connected == [server])
    }

    @Test("refuses at once while the server is away, and works again when it is back")
    func away() {
        let trial = LaneTrial(.single)
        trial.start()
        trial.servers.unreachable = [server]
        trial.servers.cut(server)
        #expect(trial.outcome(trial.send()) == "notConnected")
        trial.servers.unreachable = []
        trial.servers.pass(milliseconds: 3_000)
        #expect(trial.outcome(trial.send()) == "\(server)")
    }
}

@Suite("A lane to a master that Sentinels name")
struct SentinelLaneTests {
    private let old = LaneTrial.a
    private let new = LaneTrial.b
    private let sentinel = LaneTrial.seed

    /// Servers of which one is the master, and a Sentinel that names one.
    private final class Watched {
        let trial: LaneTrial
        var named: NodeAddress = LaneTrial.a
        var masters: Set<NodeAddress> = [LaneTrial.a]

        init(at sentinels: [NodeAddress] = [LaneTrial.seed]) {
            trial = LaneTrial(.sentinel(master: "mine"), at: sentinels)
            trial.servers.answer = { [unowned self] node, words in
                guard words.first != "SENTINEL" else { return sentinelReply(words) }
                let isMaster = masters.contains(node)
                if words == ["ROLE"] { return "*1\r\n\(LaneTrial.bulk(isMaster ? "master" : "slave"))" }
                return isMaster ? "+\(node)\r\n" : "-READONLY You can't write against a read only replica.\r\n"
            }
        }

        private func sentinelReply(_ words: [String]) -> String {
            guard words == ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mine"], case .tcp(let host, let port) = named else {
                return words[1] == "SENTINELS" ? "*0\r\n" : "*-1\r\n"
            }
            return "*2\r\n\(LaneTrial.bulk(host))\(LaneTrial.bulk("\(port)"))"
        }
    }

    @Test("finds the master, lets requests wait for it, and asks no more than at the interval")
    func find() {
        let watched = Watched()
        let request = watched.trial.send()
        watched.trial.start()
        #expect(watched.trial.outcome(request) == "\(old)" && watched.trial.route(5) == old)
        watched.trial.servers.pass(milliseconds: 310)
        #expect(watched.trial.servers.count("SENTINEL", "GET-MASTER-ADDR-BY-NAME") == 4)
        #expect(watched.trial.servers.count("ROLE") == 1)
    }

    @Test("sends a request that a former master refused to the new one, within its deadline")
    func readOnly() {
        let watched = Watched()
        watched.trial.start()
        watched.trial.servers.pass(milliseconds: 500)
        watched.masters = [new]
        watched.named = new
        let request = watched.trial.send()
        watched.trial.servers.pass(milliseconds: 5)
        #expect(watched.trial.outcome(request) == "\(new)" && watched.trial.route(5) == new)
        #expect(watched.trial.servers.connected == [sentinel, new])
    }

    @Test("does not follow to a node that does not say that it is a master")
    func impostor() {
        let watched = Watched()
        watched.trial.start()
        watched.named = new
        watched.trial.servers.pass(milliseconds: 5_000)
        #expect(watched.trial.route(5) == old && watched.trial.servers.count("ROLE", by: new) > 1)
        watched.masters = [new]
        watched.trial.servers.pass(milliseconds: 5_000)
        #expect(watched.trial.route(5) == new)
    }

    @Test("looks for the new master as soon as the old one is gone")
    func lost() {
        let watched = Watched()
        watched.trial.start()
        watched.trial.servers.pass(milliseconds: 300)
        watched.masters = [new]
        watched.named = new
        watched.trial.servers.unreachable = [old]
        watched.trial.servers.cut(old)
        #expect(watched.trial.route(5) == new && watched.trial.outcome(watched.trial.send()) == "\(new)")
    }

    @Test("refuses requests when no Sentinel leads to a master, until one does")
    func nobody() {
        let watched = Watched(at: [LaneTrial.seed, LaneTrial.c])
        watched.trial.servers.unreachable = [LaneTrial.seed, LaneTrial.c]
        watched.trial.start()
        #expect(watched.trial.outcome(watched.trial.send()) == "unavailable")
        watched.trial.servers.unreachable = [LaneTrial.seed]
        watched.trial.servers.pass(milliseconds: 3_000)
        #expect(watched.trial.outcome(watched.trial.send()) == "\(old)")
    }
}
