// swift-tools-version:6.2

import PackageDescription

let package = Package(
    name: "twitch-bot",
    platforms: [.macOS("26.0")],
    dependencies: [
        .package(name: "sluice", path: "../.."),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .executableTarget(
            name: "TwitchBot",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceBotClients", package: "sluice"),
                .product(name: "SluiceBots", package: "sluice"),
                .product(name: "SluicePolicies", package: "sluice"),
            ]
        )
    ]
)
