// swift-tools-version:6.2

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// A package of its own, so that the libraries' build knows nothing of benchmarks.
let package = Package(
    name: "sluice-bots-benchmark",
    platforms: [.macOS("26.0")],
    dependencies: [
        .package(name: "sluice", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "Bots",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceBots", package: "sluice"),
                .product(name: "SluiceRedis", package: "sluice"),
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "Caches",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceCache", package: "sluice"),
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "Outbound",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceTesting", package: "sluice"),
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "Telegram",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceBotClients", package: "sluice"),
                .product(name: "SluiceBots", package: "sluice"),
                .product(name: "SluiceBotsTesting", package: "sluice"),
            ],
            swiftSettings: swiftSettings
        ),
    ]
)
