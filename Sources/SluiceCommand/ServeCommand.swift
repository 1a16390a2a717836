import ArgumentParser
import Logging
import Sluice
import SluicePolicies
import SluiceServer
import UnixSignals

/// `sluice serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve decisions over HTTP and the Redis protocol.",
        discussion: """
            Without --config it serves a sample policy for a chat bot and an API. Addresses are HOST:PORT, \
            unix:PATH or off; port 0 takes a free one. Once everything listens, one line on standard output \
            tells where: ready http=127.0.0.1:8080 resp=127.0.0.1:6380. It stops on SIGTERM or SIGINT, after it has \
            answered what is in flight and written the snapshot. The policy file is read again when it changes, and \
            on SIGHUP.

            With --redis or --redis-cluster all servers on that Redis share one set of limits, and nothing is kept here.
            """)

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Where HTTP listens.", valueName: "address"))
    var http = "127.0.0.1:8080"

    @Option(help: ArgumentHelp("Where the Redis protocol listens.", valueName: "address"))
    var resp = "127.0.0.1:6380"

    @OptionGroup(title: "Envoy")
    var envoy: EnvoyOptions

    @Option(help: ArgumentHelp("Event loops. (default: one for each core)", valueName: "n"))
    var threads: Int?

    @Option(help: ArgumentHelp("Where to keep what is used across restarts.", valueName: "path"))
    var snapshot: String?

    @Option(
        help: ArgumentHelp(
            "The most cells to hold; each is 32 bytes. (default: \(MemoryStore.defaultCapacity))", valueName: "n"))
    var capacity: Int?

    @OptionGroup(title: "Redis")
    var redis: RedisOptions

    @Option(
        help: ArgumentHelp("The least level to log: trace, debug, info, notice, warning, error.", valueName: "level"))
    var logLevel = "notice"

    @Option(help: ArgumentHelp("How to log: text, or json with one object a line.", valueName: "form"))
    var logFormat = LogForm.text

    @Flag(help: "Answer calls that change the server, such as POST /v1/policies/reload.")
    var admin = false

    func validate() throws {
        if let threads, !(1...1_024).contains(threads) { throw ValidationError("--threads must be from 1 to 1024.") }
        if let capacity, capacity < 1 { throw ValidationError("--capacity must be at least 1.") }
        if let option = redis.target?.option {
            if snapshot != nil {
                throw ValidationError("--snapshot keeps cells of this process; with \(option) they are in Redis.")
            }
            if capacity != nil {
                throw ValidationError("--capacity bounds cells of this process; with \(option) they are in Redis.")
            }
        }
        if Logger.Level(rawValue: logLevel) == nil {
            let hint = NearestWord.hint(for: logLevel, among: Logger.Level.allCases.map(\.rawValue))
            throw ValidationError("--log-level '\(logLevel)' is not a level\(hint).")
        }
    }

    func run() async throws {
        let file = try serverFile()
        let configuration = try serverConfiguration(file.settings)
        let policies = file.policies
        let level = Logger.Level(rawValue: logLevel) ?? .notice
        logFormat.start(at: level)
        OpenFiles.allowAsManyAsPossible()
        let server = try server(policies, configuration)
        if let warning = redis.warning { StandardStream.error.write(warning) }
        let isSample = config == nil && envoy.envoyConfig == nil
        try await server.run(stoppingOn: [.sigterm, .sigint]) { addresses in
            StandardStream.output.write(addresses.readyLine)
            if isSample || StandardStream.error.isTerminal {
                StandardStream.error.write(
                    WhatToTry(policies: policies, addresses: addresses, isSample: isSample).text)
            }
        }
    }

    private func server(_ policies: [Policy], _ configuration: ServerConfiguration) throws -> Server {
        let logger = Logger(label: "sluice")
        if let store = try redis.store() {
            return Server(policies, on: store, configuration: configuration, logger: logger)
        }
        let limiter = try Limiter(policies, store: MemoryStore(capacity: capacity ?? MemoryStore.defaultCapacity))
        return Server(limiter, configuration: configuration, logger: logger)
    }

    private func serverFile() throws -> ServerFile {
        if config != nil || envoy.envoyConfig != nil {
            return try ServerFile(policyFile: config, envoyPath: envoy.envoyConfig)
        }
        return ServerFile(policies: try PolicyFile(yaml: SamplePolicy.yaml, name: "the sample policy").policies)
    }

    private func serverConfiguration(_ settings: ServerSettings) throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.settings = settings
        configuration.policyFile = config
        configuration.answersAdminCalls = admin
        configuration.http = try ListenAddress.parse(http)
        if let grpc = envoy.grpc { configuration.grpc = try ListenAddress.parse(grpc) }
        configuration.envoyPath = envoy.envoyConfig
        configuration.resp = try ListenAddress.parse(resp)
        configuration.snapshotPath = snapshot
        if let threads { configuration.threads = threads }
        return configuration
    }
}
