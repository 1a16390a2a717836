import ArgumentParser
import Foundation
import Logging
import Sluice
import SluicePolicies
import SluiceServer
import Tracing
import UnixSignals

/// `sluice serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve decisions over HTTP, the Redis protocol and Envoy's gRPC.",
        discussion: """
            Without --config it serves a sample policy for a chat bot and an API. Addresses are HOST:PORT, \
            unix:PATH or off; port 0 takes a free one. Once everything listens, one line on standard output \
            tells where: ready http=127.0.0.1:8080 resp=127.0.0.1:6380, and \
            grpc=127.0.0.1:8081 in a build with gRPC. It stops on SIGTERM or SIGINT, after it has \
            answered what is in flight and written the snapshot. The policy file is read again when it changes, and \
            on SIGHUP.

            With --redis or --redis-cluster all servers on that Redis share one set of limits, and nothing is kept here.

            What no option says, a variable of the environment can say, such as SLUICE_HTTP for --http; or else the \
            'server:' of the policy file, such as http: 127.0.0.1:9000. 'sluice config settings' lists all.
            """)

    @OptionGroup(title: "Server")
    var server: ServerOptions

    @OptionGroup(title: "Proxies")
    var proxies: ProxyOptions

    @OptionGroup(title: "Redis")
    var redis: RedisOptions

    @OptionGroup(title: "Security")
    var security: SecurityOptions

    @Flag(help: "Print what each setting is and who says so, and do not serve.")
    var printSettings = false

    @Flag(help: "With --print-settings: as JSON.")
    var json = false

    func validate() throws {
        if json, !printSettings { throw ValidationError("--json goes with --print-settings.") }
    }

    func run() async throws {
        let start = ContinuousClock.now
        let layers = try SettingLayers(
            [server, proxies, redis, security], environment: ProcessInfo.processInfo.environment)
        let path = layers.values(with: nil)[.config]
        let startOfFile = ContinuousClock.now
        let policyFile = try path.map { try ServerFile(contentsOf: $0) }
        let endOfFile = ContinuousClock.now
        let values = layers.values(with: policyFile)
        let file = try Self.file(policyFile, envoyPath: values[.envoyConfig])
        let spent = (startOfFile - start) + (ContinuousClock.now - endOfFile)
        var configuration = try Self.configuration(values, file, layers)
        configuration.loadDuration = endOfFile - startOfFile
        let redis = try RedisSettings(values)
        let store = try redis.store()
        if printSettings { return try show(values) }

        Self.startLog(values)
        OpenFiles.allowAsManyAsPossible()
        if let warning = redis.warning { StandardStream.error.write(warning) }
        let logger = Logger(label: "sluice")
        logger.debug(
            "Read the settings",
            metadata: [
                "seconds": "\(spent / .seconds(1))", "file_seconds": "\((endOfFile - startOfFile) / .seconds(1))",
            ])
        configuration.spanExporter = try Self.startTraces(values, logger)
        let server =
            if let store {
                Server(file.policies, on: store, configuration: configuration, logger: logger)
            } else {
                Server(try Self.limiter(values, file.policies), configuration: configuration, logger: logger)
            }
        let isSample = path == nil && values[.envoyConfig] == nil
        try await server.run(stoppingOn: [.sigterm, .sigint]) { addresses in
            StandardStream.output.write(addresses.readyLine)
            if isSample || StandardStream.error.isTerminal {
                let whatToTry = WhatToTry(
                    policies: file.policies, addresses: addresses, isSample: isSample,
                    isEncrypted: values[.tlsCertificate] != nil, asksForUsers: values[.users] != nil)
                StandardStream.error.write(whatToTry.text)
            }
        }
    }

    private func show(_ values: SettingValues) throws {
        let settings = EffectiveSettings(values)
        StandardStream.output.write(
            json ? try settings.json() : settings.text(colors: StandardStream.output.showsColors))
    }

    private static func startLog(_ values: SettingValues) {
        // Both were checked against the words that there are.
        let form = values[.logFormat].flatMap(LogForm.init(rawValue:)) ?? .text
        form.start(at: values[.logLevel].flatMap(Logger.Level.init(rawValue:)) ?? .notice)
    }

    /// Has spans made, and sent to a collector, if one is named.
    private static func startTraces(_ values: SettingValues, _ logger: Logger) throws -> SpanExporter? {
        guard let collector = values[.otlpEndpoint] else { return nil }
        let process = ProcessInfo.processInfo
        let exporter = try SpanExporter(
            to: collector, ratio: values[.traceRatio].flatMap(Double.init) ?? 0,
            instance: "\(process.hostName):\(process.processIdentifier)", logger: logger)
        InstrumentationSystem.bootstrap(exporter.tracer)
        return exporter
    }

    /// The policies of a file and of Envoy; the sample's if there are neither.
    private static func file(_ file: ServerFile?, envoyPath: String?) throws -> ServerFile {
        if let envoyPath { return try (file ?? ServerFile(policies: [])).adding(envoyPath: envoyPath) }
        return try file
            ?? ServerFile(policies: try PolicyFile(yaml: SamplePolicy.yaml, name: "the sample policy").policies)
    }

    private static func limiter(_ values: SettingValues, _ policies: [Policy]) throws -> Limiter {
        let capacity = values.number(.capacity) ?? MemoryStore.defaultCapacity
        return try Limiter(policies, store: MemoryStore(capacity: capacity))
    }

    private static func configuration(
        _ values: SettingValues, _ file: ServerFile, _ layers: SettingLayers
    ) throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.settings = values.serverSettings(of: file)
        configuration.policyFile = file.path
        configuration.answersAdminCalls = values.isOn(.admin)
        configuration.showsCallers = values.isOn(.showCallers)
        configuration.http = try values.address(.http)
        if values.given(.grpc) != nil { configuration.grpc = try values.address(.grpc) }
        configuration.envoyPath = values[.envoyConfig]
        configuration.resp = try values.address(.resp)
        try values.applySecurity(to: &configuration)
        configuration.snapshotPath = values[.snapshot]
        if let threads = values.number(.threads) { configuration.threads = threads }
        configuration.review = { file in
            let new = layers.values(with: file)
            return SettingsReview(settings: new.serverSettings(of: file), awaitingRestart: new.changed(from: values))
        }
        return configuration
    }
}
