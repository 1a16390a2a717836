/// What `GET /` says.
enum WelcomePage {
    static let text = """
        This is Sluice. It decides whether something may pass now, and if not, when.

        POST   /v1/check          {"policy": "chat", "descriptor": {"user": "42"}, "cost": 1}
        POST   /v1/check/stream   the same as lines of JSON, answered as they come
        POST   /v1/peek           the answer without the charge
        POST   /v1/refund         gives back what a check charged
        POST   /v1/reset          forgets what was charged
        POST   /v1/leases         holds a slot of a concurrency limit
        PUT    /v1/leases/{id}    holds it for longer
        DELETE /v1/leases/{id}    gives it back
        GET    /v1/authorize/{policy}   whether a request that a proxy has may pass
        GET    /v1/policies       the policies with their rules and limits
        POST   /v1/policies/reload   reads the policy file again
        GET    /                  the dashboard, in a browser
        GET    /metrics           what Prometheus reads
        GET    /v1/events         what happens, as it happens (server-sent events)
        GET    /v1/callers        who is denied most
        POST   /v1/bans           closes a rule for a caller; DELETE opens it
        POST   /v1/overrides      gives a rule another limit for a while; DELETE its own
        GET    /healthz /readyz   whether the server lives, and takes requests

        """
}
