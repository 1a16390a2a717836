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
        GET    /healthz /readyz   whether the server lives, and takes requests

        """
}
