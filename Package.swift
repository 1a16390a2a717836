// swift-tools-version:6.2

import Foundation
import PackageDescription

var swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
if ProcessInfo.processInfo.environment["CI"] != nil {
    swiftSettings.append(.treatAllWarnings(as: .error))
}
let redisProgram = [
    "begin", "quick", "buckets", "algorithms", "lists", "cells", "penalties", "requests", "telling", "writing",
    "batch",
]

let package = Package(
    name: "sluice",
    platforms: [.macOS("26.0")],
    products: [
        .library(name: "Sluice", targets: ["Sluice"]),
        .library(name: "SluiceBots", targets: ["SluiceBots"]),
        .library(name: "SluiceBotClients", targets: ["SluiceBotClients"]),
        .library(name: "SluiceBotsTesting", targets: ["SluiceBotsTesting"]),
        .library(name: "SluiceCache", targets: ["SluiceCache"]),
        .library(name: "SluicePolicies", targets: ["SluicePolicies"]),
        .library(name: "RESP", targets: ["RESP"]),
        .library(name: "SluiceGRPC", targets: ["SluiceGRPC"]),
        .library(name: "SluiceHTTP", targets: ["SluiceHTTP"]),
        .library(name: "SluiceHummingbird", targets: ["SluiceHummingbird"]),
        .library(name: "SluiceMetrics", targets: ["SluiceMetrics"]),
        .library(name: "SluiceRedis", targets: ["SluiceRedis"]),
        .library(name: "SluiceServer", targets: ["SluiceServer"]),
        .library(name: "SluiceReplay", targets: ["SluiceReplay"]),
        .library(name: "SluiceTesting", targets: ["SluiceTesting"]),
        // The target is not called `sluice`: next to `Sluice` that name cannot exist on a
        // file system that ignores case.
        .executable(name: "sluice", targets: ["SluiceCommand"]),
    ],
    // Off unless asked for: each of them takes longer to build than everything else together.
    traits: [
        .trait(name: "GRPC", description: "Envoy's rate limit service in the server (--grpc)"),
        .trait(name: "TLS", description: "Encrypted connections, tokens and users"),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.0"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.0"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.0"),
        // Without traits neither TLS nor configuration is built: `make serve` needs neither.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(
            name: "Sluice",
            dependencies: [
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluicePolicies",
            dependencies: ["Sluice", .product(name: "Yams", package: "Yams")],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "RESP",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluiceCache",
            dependencies: ["Sluice", .product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: swiftSettings
        ),
        // Spans of decisions, for whoever has a tracer.
        .target(
            name: "SluiceTracing",
            dependencies: ["Sluice", .product(name: "Tracing", package: "swift-distributed-tracing")],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluiceRedis",
            dependencies: [
                "RESP", "Sluice", "SluiceCache", "SluiceTracing",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            // One program for Redis, in files of one idea each.
            resources: redisProgram.map { .embedInCode("Scripts/\($0).lua") } + [.embedInCode("Breaker/agree.lua")],
            swiftSettings: swiftSettings
        ),
        // What Sluice counts, for a program's own metrics backend.
        .target(
            name: "SluiceMetrics",
            dependencies: [
                "RESP", "Sluice", "SluiceBots", "SluiceCache", "SluiceRedis",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluiceReplay",
            dependencies: ["Sluice", "SluicePolicies"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluiceHTTP",
            dependencies: ["Sluice", "SluiceTracing", .product(name: "HTTPTypes", package: "swift-http-types")],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluiceHummingbird",
            dependencies: [
                "Sluice", "SluiceHTTP",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluiceGRPC",
            dependencies: [
                "Sluice", "SluiceHTTP", "SluicePolicies", "SluiceTracing",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Protocols"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluiceServer",
            dependencies: [
                "RESP", "Sluice", "SluiceHTTP", "SluicePolicies", "SluiceRedis", "SluiceTracing",
                .target(name: "SluiceGRPC", condition: .when(traits: ["GRPC"])),
                .product(name: "Crypto", package: "swift-crypto", condition: .when(traits: ["TLS"])),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "GRPCCore", package: "grpc-swift-2", condition: .when(traits: ["GRPC"])),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(
                    name: "NIOCertificateReloading", package: "swift-nio-extras", condition: .when(traits: ["GRPC"])),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
                .product(name: "NIOTLS", package: "swift-nio", condition: .when(traits: ["TLS"])),
                .product(name: "Instrumentation", package: "swift-distributed-tracing"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: ["html", "css", "js"].map { .embedInCode("Dashboard/Page/dashboard.\($0)") },
            swiftSettings: swiftSettings
        ),
        // Real Redis servers, clusters and a proxy that misbehaves: for tests, and for measurements.
        .target(
            name: "RedisServers",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        // Measurements that anybody can repeat: `sluice bench`.
        .target(
            name: "SluiceBench",
            dependencies: [
                "RESP", "RedisServers", "Sluice", "SluiceBots", "SluicePolicies", "SluiceRedis", "SluiceServer",
                .target(name: "SluiceGRPC", condition: .when(traits: ["GRPC"])),
                .product(name: "GRPCCore", package: "grpc-swift-2", condition: .when(traits: ["GRPC"])),
                .product(
                    name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport",
                    condition: .when(traits: ["GRPC"])),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "SluiceCommand",
            dependencies: [
                "RESP", "Sluice", "SluiceBench", "SluicePolicies", "SluiceRedis", "SluiceReplay", "SluiceServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(name: "SluiceTesting", dependencies: ["Sluice"], swiftSettings: swiftSettings),

        // What chat bots need, without a socket: updates, the pipeline, Telegram's and Twitch's formats.
        .target(name: "SluiceBots", dependencies: ["Sluice"], swiftSettings: swiftSettings),
        // The sockets of bots: Telegram's Bot API, its webhook, Twitch's chat.
        .target(
            name: "SluiceBotClients",
            dependencies: [
                "Sluice", "SluiceBots",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings
        ),
        // Updates to order, and platforms that enforce their own limits, for the tests of bots.
        .target(
            name: "SluiceBotsTesting",
            dependencies: [
                "Sluice", "SluiceBots",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings
        ),

        // What those processes are asked, and what they answer.
        .target(
            name: "LimitProcesses", dependencies: ["RedisServers"], path: "Tests/LimitProcesses",
            swiftSettings: swiftSettings
        ),
        // A process of its own that asks a limit on Redis, for the tests that run several of them.
        .executableTarget(
            name: "RedisLimitProcess",
            dependencies: [
                "LimitProcesses", "RESP", "RedisServers", "Sluice", "SluiceRedis",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/RedisLimitProcess",
            swiftSettings: swiftSettings
        ),
        .testTarget(name: "SluiceTests", dependencies: ["Sluice", "SluiceTesting"], swiftSettings: swiftSettings),
        .testTarget(
            name: "SluicePoliciesTests",
            dependencies: ["SluicePolicies", "Sluice", "SluiceTesting"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "RESPTests",
            dependencies: [
                "RESP", "RedisServers",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceRedisTests",
            dependencies: [
                "LimitProcesses", "RESP", "RedisLimitProcess", "RedisServers", "Sluice", "SluiceCache", "SluiceRedis",
                "SluiceTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceHTTPTests",
            dependencies: [
                "Sluice", "SluiceHTTP", "SluiceTesting",
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Instrumentation", package: "swift-distributed-tracing"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceHummingbirdTests",
            dependencies: [
                "RedisServers", "Sluice", "SluiceHTTP", "SluiceHummingbird", "SluiceRedis", "SluiceTesting",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceGRPCTests",
            dependencies: [
                "RedisServers", "Sluice", "SluiceGRPC", "SluicePolicies", "SluiceRedis", "SluiceTesting",
                .product(name: "GRPCCore", package: "grpc-swift-2"),
                .product(name: "GRPCInProcessTransport", package: "grpc-swift-2"),
                .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceServerTests",
            dependencies: [
                "SluiceServer", "RedisServers", "RESP", "Sluice", "SluiceHTTP", "SluicePolicies", "SluiceRedis",
                "SluiceTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["TLS"])),
                .product(name: "Instrumentation", package: "swift-distributed-tracing"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceCacheTests",
            dependencies: ["Sluice", "SluiceCache", "SluiceTesting"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceBenchTests",
            dependencies: [
                "RedisServers", "Sluice", "SluiceBench", "SluiceCommand", "SluicePolicies", "SluiceRedis",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceMetricsTests",
            dependencies: [
                "RedisServers", "RESP", "Sluice", "SluiceBots", "SluiceCache", "SluiceMetrics", "SluiceRedis",
                "SluiceTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceBotsTests",
            dependencies: [
                "RedisServers", "RESP", "Sluice", "SluiceBotClients", "SluiceBots", "SluiceBotsTesting",
                "SluicePolicies", "SluiceRedis", "SluiceTesting", "TelegramGreeter", "TwitchBot",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceReplayTests",
            dependencies: ["SluiceReplay", "Sluice", "SluicePolicies"],
            swiftSettings: swiftSettings
        ),
        // The application of docs/hummingbird.md, which is a package of its own for its readers.
        .executableTarget(
            name: "Greeter",
            dependencies: ["Sluice", "SluiceHummingbird", .product(name: "Hummingbird", package: "hummingbird")],
            path: "Examples/hummingbird/Sources/Greeter",
            swiftSettings: swiftSettings
        ),
        // A Twitch bot, which is a package of its own for its readers.
        .executableTarget(
            name: "TwitchBot",
            dependencies: [
                "Sluice", "SluiceBotClients", "SluiceBots", "SluicePolicies",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Examples/twitch-bot/Sources/TwitchBot",
            swiftSettings: swiftSettings
        ),
        // The bot of docs/telegram.md, likewise.
        .executableTarget(
            name: "TelegramGreeter",
            dependencies: [
                "Sluice", "SluiceBotClients", "SluiceBots",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Examples/telegram-bot/Sources/TelegramGreeter",
            swiftSettings: swiftSettings
        ),
        // Runs the built `sluice` as its users do, and keeps the rules of the house.
        .testTarget(
            name: "HouseTests",
            dependencies: ["Greeter", "RedisServers", "SluiceCommand"],
            swiftSettings: swiftSettings
        ),
    ]
)
