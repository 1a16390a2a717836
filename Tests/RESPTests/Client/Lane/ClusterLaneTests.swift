import NIOCore
import Testing

@testable import RESP

@Suite("A lane to a cluster")
struct ClusterLaneTests {
    private let a = LaneTrial.a
    private let b = LaneTrial.b
    private let c = LaneTrial.c
    private let seed = LaneTrial.seed

    // MARK: Finding out

    @Test("sends each request to the node of its slot, over connections that are there already")
    func route() {
        let trial = LaneTrial.cluster()
        #expect(trial.servers.connected == [a, b])
        let first = trial.send(slot: 5)
        let second = trial.send(slot: 5_000)
        let anywhere = trial.send(slot: nil)
        #expect(trial.outcome(first) == "\(a)" && trial.outcome(second) == "\(b)" && trial.outcome(anywhere) == "\(a)")
        #expect(trial.route(5) == a && trial.route(5_000) == b && trial.lane.node(for: HashSlot(5))?.index == 0)
        #expect(trial.lane.outstanding == 0)
    }

    @Test("lets requests wait until the first map is there, and asks one seed after the other")
    func firstMap() {
        let other = NodeAddress.tcp(host: "seed", port: 5)
        let trial = LaneTrial(at: [seed, other])
        trial.servers.unreachable = [seed]
        trial.layout = [(0...16_383, a)]
        let request = trial.send()
        #expect(trial.outcome(request) == nil && trial.route(5) == nil)
        trial.start()
        #expect(trial.outcome(request) == "\(a)" && trial.servers.connected == [a])
    }

    @Test("refuses requests at once when no node tells the slots, until one does")
    func unavailable() {
        let trial = LaneTrial()
        trial.servers.unreachable = [seed]
        trial.start()
        let refused = trial.send()
        #expect(trial.outcome(refused) == "unavailable" && trial.error(refused)?.mayHaveRun == false)
        trial.servers.unreachable = []
        trial.layout = [(0...16_383, a)]
        trial.servers.pass(milliseconds: 3_000)
        #expect(trial.outcome(trial.send()) == "\(a)")
    }

    @Test("refuses what waits when nobody told the slots, or when its deadline passes, or when too many wait")
    func waiting() {
        let trial = LaneTrial { $0.maximumWaiting = 2 }
        trial.servers.answer = { _, _ in nil }
        trial.start()
        let short = trial.send(milliseconds: 10)
        let long = trial.send(milliseconds: 60_000)
        let third = trial.send()
        #expect(trial.outcome(third) == "queueFull" && trial.outcome(short) == nil)
        trial.servers.pass(milliseconds: 11)
        #expect(trial.outcome(short) == "timedOut")
        #expect(trial.outcome(long) == nil)
        trial.servers.pass(milliseconds: 2_000)
        #expect(trial.outcome(long) == "unavailable")
    }

    @Test("asks servers before version 7 for their slots instead")
    func slots() {
        let trial = LaneTrial()
        trial.servers.answer = { node, words in
            switch words {
            case ["CLUSTER", "SHARDS"]: "-ERR Unknown subcommand or wrong number of arguments for 'SHARDS'\r\n"
            case ["CLUSTER", "SLOTS"]:
                "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n\(LaneTrial.bulk("10.0.0.1")):1\r\n\(LaneTrial.bulk("id"))"
            default: "+\(node)\r\n"
            }
        }
        trial.start()
        #expect(trial.outcome(trial.send()) == "\(a)")
    }

    @Test("uses the addresses that the address map gives, in maps and in redirects")
    func addressMap() {
        let outside = NodeAddress.tcp(host: "outside", port: 9)
        let trial = LaneTrial.cluster { $0.addressMap = { $0 == LaneTrial.b ? outside : $0 } }
        #expect(trial.outcome(trial.send(slot: 200)) == "\(outside)")
        trial.scripted[a] = ["-MOVED 5 10.0.0.2:2\r\n", "-ASK 6 10.0.0.2:2\r\n"]
        #expect(trial.outcome(trial.send(slot: 5)) == "\(outside)")
        #expect(trial.outcome(trial.send(slot: 6)) == "\(outside)")
        #expect(!trial.servers.connected.contains(b))
    }

    // MARK: Redirects

    @Test("follows a moved slot at once, remembers it, and asks for the map once")
    func moved() {
        let trial = LaneTrial.cluster()
        trial.servers.pass(milliseconds: 1_000)
        trial.scripted[a] = ["-MOVED 5 10.0.0.3:3\r\n", "-MOVED 6 10.0.0.3:3\r\n"]
        trial.layout = [(0...6, c), (7...99, a), (100...16_383, b)]
        let asked = trial.servers.count("CLUSTER", "SHARDS")
        #expect(trial.outcome(trial.send(slot: 5)) == "\(c)" && trial.route(5) == c)
        #expect(trial.outcome(trial.send(slot: 5)) == "\(c)")
        #expect(trial.servers.count("CLUSTER", "SHARDS") == asked + 1)
        #expect(trial.servers.heard.contains { $0.node == c && $0.words == ["CLUSTER", "SHARDS"] })
        #expect(trial.route(6) == c && trial.route(7) == a)
    }

    @Test("opens a slot on its way for one request only, with nothing in between")
    func ask() throws {
        let trial = LaneTrial.cluster()
        trial.scripted[a] = ["-ASK 5 10.0.0.3:3\r\n"]
        #expect(trial.outcome(trial.send(slot: 5)) == "\(c)")
        let heard = trial.servers.heard.filter { $0.node == c }
        #expect(heard.map(\.words) == [["ASKING"], ["GET", "in-5"]])
        #expect(trial.route(5) == a && trial.outcome(trial.send(slot: 5)) == "\(a)")
    }

    @Test("keeps the word that opens a slot and its request together among other requests")
    func askAmongOthers() throws {
        let trial = LaneTrial.cluster()
        trial.scripted[a] = ["-ASK 5 10.0.0.2:2\r\n"]
        let first = trial.send(slot: 5)
        for slot in 200..<210 { trial.send(slot: slot) }
        #expect(trial.outcome(first) == "\(b)")
        let heard = trial.servers.heard
        let index = try #require(heard.firstIndex { $0.words == ["ASKING"] })
        #expect(heard[index + 1] == FakeServers.Heard(node: b, words: ["GET", "in-5"]))
    }

    @Test(
        "sends a request again a little later when it was refused for now",
        arguments: [
            "TRYAGAIN later", "CLUSTERDOWN The cluster is down", "LOADING data", "MASTERDOWN Link is down",
            "READONLY replica",
        ])
    func later(refusal: String) {
        let trial = LaneTrial.cluster()
        trial.scripted[a] = ["-\(refusal)\r\n", "-\(refusal)\r\n"]
        let request = trial.send()
        #expect(trial.outcome(request) == nil)
        trial.servers.pass(milliseconds: 2)
        #expect(trial.outcome(request) == nil && trial.servers.count("GET") == 2)
        trial.servers.pass(milliseconds: 4)
        #expect(trial.outcome(request) == "\(a)" && trial.servers.count("GET") == 3)
    }

    @Test("hands a refusal up when it stays so, after a bounded number of attempts")
    func bound() {
        let trial = LaneTrial.cluster()
        trial.scripted[a] = Array(repeating: "-TRYAGAIN later\r\n", count: 99)
        let request = trial.send(milliseconds: 60_000)
        trial.servers.pass(milliseconds: 200)
        #expect(trial.outcome(request) == "TRYAGAIN later" && trial.servers.count("GET") == 6)
        #expect(trial.lane.outstanding == 0)
    }

    @Test("hands a refusal up rather than to overstep the deadline")
    func deadline() {
        let trial = LaneTrial.cluster()
        trial.scripted[a] = Array(repeating: "-TRYAGAIN later\r\n", count: 99)
        let request = trial.send(milliseconds: 5)
        trial.servers.pass(milliseconds: 4)
        #expect(trial.outcome(request) == "TRYAGAIN later")
        #expect(trial.servers.count("GET") == 2)
    }

    @Test("does not run in circles between nodes that send it to each other")
    func circle() {
        let trial = LaneTrial.cluster()
        trial.scripted[a] = Array(repeating: "-MOVED 5 10.0.0.2:2\r\n", count: 99)
        trial.scripted[b] = Array(repeating: "-MOVED 5 10.0.0.1:1\r\n", count: 99)
        #expect(trial.outcome(trial.send())?.hasPrefix("MOVED 5") == true)
        #expect(trial.servers.count("GET") == 6)
        // However often it was sent about, the map was asked for no more than the interval allows.
        #expect(trial.servers.count("CLUSTER", "SHARDS") <= 2)
    }

    @Test("hands every other refusal up at once")
    func handUp() {
        let trial = LaneTrial.cluster()
        trial.scripted[a] = ["-NOSCRIPT No matching script.\r\n"]
        #expect(trial.outcome(trial.send()) == "NOSCRIPT No matching script." && trial.servers.count("GET") == 1)
    }

    @Test("says that a slot is served by nobody, after asking for the map again")
    func gap() {
        let trial = LaneTrial()
        trial.layout = [(0...99, a)]
        trial.start()
        let hopeless = trial.send(slot: 100, milliseconds: 60_000)
        trial.servers.pass(milliseconds: 100)
        #expect(trial.outcome(hopeless) == "unavailable" && trial.servers.count("GET") == 0)
        trial.layout = [(0...16_383, a)]
        trial.servers.pass(milliseconds: 1_000)
        #expect(trial.outcome(trial.send(slot: 100)) == "\(a)")
    }

    // MARK: Nodes that come and go

    @Test("never sends again what may have run")
    func atMostOnce() {
        let trial = LaneTrial.cluster()
        trial.silent = [a]
        let request = trial.send(milliseconds: 60_000)
        trial.servers.cut(a)
        #expect(trial.outcome(request) == "connectionLost" && trial.error(request)?.mayHaveRun == true)
        trial.silent = []
        trial.servers.pass(milliseconds: 2_000)
        #expect(trial.servers.count("GET") == 1)
    }

    @Test("finds a promoted replica by itself when a master dies")
    func promotion() {
        let trial = LaneTrial.cluster()
        trial.servers.unreachable = [a]
        trial.servers.cut(a)
        trial.servers.pass(milliseconds: 500)
        #expect(trial.route(5) == a && trial.outcome(trial.send()) == "notConnected")
        trial.layout = [(0...99, c), (100...16_383, b)]
        trial.servers.pass(milliseconds: 3_000)
        #expect(trial.route(5) == c && trial.outcome(trial.send()) == "\(c)")
        #expect(trial.servers.connected == [b, c])
        let asked = trial.servers.count("CLUSTER", "SHARDS")
        trial.servers.pass(milliseconds: 10_000)
        #expect(trial.servers.count("CLUSTER", "SHARDS") == asked)
    }

    @Test("asks a dead master's neighbours at a bounded rate")
    func calm() {
        let trial = LaneTrial.cluster()
        trial.servers.unreachable = [a]
        trial.servers.cut(a)
        for _ in 0..<200 {
            trial.send()
            trial.servers.pass(milliseconds: 5)
        }
        #expect(trial.servers.count("CLUSTER", "SHARDS") <= 6)
    }

    @Test("lets a node that left finish what is in flight")
    func drain() throws {
        let trial = LaneTrial.cluster()
        trial.servers.pass(milliseconds: 1_000)
        trial.silent = [a]
        let request = trial.send(milliseconds: 60_000)
        trial.layout = [(0...16_383, b)]
        trial.scripted[b] = ["-MOVED 200 10.0.0.2:2\r\n"]
        trial.send(slot: 200)
        #expect(trial.route(5) == b)
        #expect(trial.outcome(request) == nil)
        #expect(trial.servers.connected == [a, b])
        try trial.servers.say("+late\r\n", from: a)
        #expect(trial.outcome(request) == "late" && trial.servers.connected == [b])
    }

    @Test("sends what a node that left could not send to the one that has the slot now")
    func drainUnsent() {
        let trial = LaneTrial.cluster()
        trial.servers.pass(milliseconds: 1_000)
        trial.servers.connecting = [c]
        trial.scripted[a] = ["-ASK 5 10.0.0.3:3\r\n"]
        let request = trial.send(milliseconds: 500)
        #expect(trial.outcome(request) == nil)
        // The next map does not know the node that is still being connected to.
        trial.scripted[b] = ["-MOVED 200 10.0.0.2:2\r\n"]
        trial.send(slot: 200)
        trial.servers.pass(milliseconds: 5)
        #expect(trial.outcome(request) == "\(a)")
    }

    @Test("tells of its nodes' status")
    func status() {
        let trial = LaneTrial()
        trial.layout = [(0...16_383, a)]
        var told: [String] = []
        trial.lane.onStatusChange = { node, status in told.append("\(node.address) \(status)") }
        trial.start()
        #expect(told.contains("\(a) ready"))
        trial.servers.cut(a)
        #expect(told.last?.hasPrefix("\(a) backingOff") == true)
    }

    // MARK: The end

    @Test("refuses what waits and what comes, finishes what was sent, and then says that it is closed")
    func close() throws {
        let trial = LaneTrial.cluster()
        trial.silent = [b]
        trial.scripted[a] = ["-TRYAGAIN later\r\n"]
        let paused = trial.send(slot: 5)
        let sent = trial.send(slot: 200)
        var isClosed = false
        trial.lane.close { isClosed = true }
        let late = trial.send(slot: 5)
        #expect(trial.outcome(paused) == "closed" && trial.outcome(late) == "closed" && trial.outcome(sent) == nil)
        #expect(!isClosed)
        try trial.servers.say("-MOVED 200 10.0.0.1:1\r\n", from: b)
        #expect(trial.outcome(sent) == "MOVED 200 10.0.0.1:1" && isClosed && trial.servers.connected.isEmpty)
        var isClosedAgain = false
        trial.lane.close { isClosedAgain = true }
        #expect(isClosedAgain)
    }
}
