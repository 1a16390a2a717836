/// How the tests' Envoy is configured: one route for each thing that a request can ask.
enum EnvoyConfigurationText {
    /// How Envoy proves itself to a server that has users and a certificate.
    struct Credentials {
        var authorityFile: String
        var token: String
    }

    static func text(
        port: Int, application: Int, sluice: String, timeout: String, credentials: Credentials? = nil
    ) -> String {
        """
        static_resources:
          listeners:
          - address: {socket_address: {address: 127.0.0.1, port_value: \(port)}}
            filter_chains:
            - filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": \(type("filters.network.http_connection_manager.v3.HttpConnectionManager"))
                  stat_prefix: web
                  route_config:
                    virtual_hosts:
                    - name: application
                      domains: ["*"]
                      routes:
                      - match: {prefix: /free}
                        route: {cluster: application}
                      - match: {prefix: /costly}
                        route: {cluster: application}
                        # Costs are told only by limits that are given to the filter.
                        typed_per_filter_config:
                          envoy.filters.http.ratelimit:
                            "@type": \(type("filters.http.ratelimit.v3.RateLimitPerRoute"))
                            rate_limits:
                            - actions: [{request_headers: {header_name: ":path", descriptor_key: path}}]
                              hits_addend: {number: 4}
                      - match: {prefix: /override}
                        route:
                          cluster: application
                          rate_limits:
                          - actions: [{request_headers: {header_name: ":path", descriptor_key: path}}]
                            limit: {dynamic_metadata: {metadata_key: {key: test, path: [{key: limit}]}}}
                      - match: {prefix: /}
                        route:
                          cluster: application
                          rate_limits:
                          - actions: [{request_headers: {header_name: ":path", descriptor_key: path}}]
                  http_filters:
                  - name: envoy.filters.http.set_metadata
                    typed_config:
                      "@type": \(type("filters.http.set_metadata.v3.Config"))
                      metadata:
                      - metadata_namespace: test
                        value: {limit: {requests_per_unit: 1, unit: HOUR}}
                  - name: envoy.filters.http.ratelimit
                    typed_config:
                      "@type": \(type("filters.http.ratelimit.v3.RateLimit"))
                      domain: web
                      timeout: \(timeout)
                      rate_limit_service:
                        transport_api_version: V3
                        grpc_service: \(service(credentials))
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": \(type("filters.http.router.v3.Router"))
          clusters:
          - name: application
            load_assignment: \(endpoints(of: "application", "\(application)"))
          - name: sluice
            typed_extension_protocol_options:
              envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                "@type": \(type("upstreams.http.v3.HttpProtocolOptions"))
                explicit_http_config: {http2_protocol_options: {}}
            load_assignment: \(endpoints(of: "sluice", sluice))
        \(encryption(credentials))
        """
    }

    private static func service(_ credentials: Credentials?) -> String {
        guard let credentials else { return "{envoy_grpc: {cluster_name: sluice}}" }
        let field = "{key: authorization, value: Bearer \(credentials.token)}"
        return "{envoy_grpc: {cluster_name: sluice}, initial_metadata: [\(field)]}"
    }

    private static func encryption(_ credentials: Credentials?) -> String {
        guard let credentials else { return "" }
        let trust = "{trusted_ca: {filename: \(credentials.authorityFile)}}"
        return """
                transport_socket:
                  name: envoy.transport_sockets.tls
                  typed_config:
                    "@type": \(type("transport_sockets.tls.v3.UpstreamTlsContext"))
                    sni: localhost
                    common_tls_context: {alpn_protocols: [h2], validation_context: \(trust)}
            """
    }

    private static func type(_ name: String) -> String { "type.googleapis.com/envoy.extensions.\(name)" }

    private static func endpoints(of cluster: String, _ port: String) -> String {
        let address = "{socket_address: {address: 127.0.0.1, port_value: \(port)}}"
        return "{cluster_name: \(cluster), endpoints: [{lb_endpoints: [{endpoint: {address: \(address)}}]}]}"
    }
}
