import ArgumentParser

/// The options of Envoy's rate limit service.
struct EnvoyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where Envoy's rate limit service listens. (default: 127.0.0.1:8081; off in builds without gRPC)",
            valueName: "address"))
    var grpc: String?

    @Option(
        help: ArgumentHelp(
            "The YAML files of envoyproxy/ratelimit: a directory, or one file.", valueName: "path"))
    var envoyConfig: String?
}
