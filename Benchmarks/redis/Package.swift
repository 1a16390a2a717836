// swift-tools-version:6.2

import PackageDescription

// A package of its own, so that the server's build knows nothing of benchmarks.
let package = Package(
    name: "sluice-redis-benchmark",
    platforms: [.macOS("26.0")],
    dependencies: [
        .package(name: "sluice", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .executableTarget(
            name: "redis-bench",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "RESP", package: "sluice"),
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceRedis", package: "sluice"),
            ],
            path: "Sources/RedisBench",
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            ]
        )
    ]
)
