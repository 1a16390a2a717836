// swift-tools-version:6.2

import PackageDescription

// Beside the server's own package, so that `make serve` builds nothing of it.
let package = Package(
    name: "sluice-http-benchmark",
    platforms: [.macOS("26.0")],
    dependencies: [
        .package(name: "sluice", path: "../.."),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "http-bench",
            dependencies: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceHummingbird", package: "sluice"),
                .product(name: "SluiceServer", package: "sluice"),
            ],
            path: "Sources/HTTPBench",
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
