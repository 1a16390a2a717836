/// The policies that `sluice serve` serves when it is given none.
public enum SamplePolicy {
    /// A policy file for a chat bot and an API, with comments for somebody who sees one for the first time.
    public static let yaml = """
        # The sample policies of Sluice, for a chat bot and an API. Copy this file, change it, and serve your own:
        #
        #     sluice config check sluice.yaml
        #     sluice serve --config sluice.yaml
        #
        # A policy is a list of rules that are decided together: a request passes if all rules that apply to it let
        # it pass, and is counted by all of them or, when one denies, by none.
        policies:

          # A chat bot asks about each message: who wrote it, where, and what it says. For example
          #     sluice check chat user=42 chat=-100 text=hello
          chat:
            # If the store fails: decide in this process's memory (local), let all pass (allow), or nothing (deny).
            on-store-failure: local
            rules:
              # At most 5 messages of a user at once, and then one every 2 seconds (5 per 10 seconds).
              - {name: flood, by: [user], limit: 5 per 10s, burst: 5}

              # Never more than 20 of a user in any hour: the log keeps the time of each.
              - {name: hourly, by: [user], limit: 20 per 1h, algorithm: sliding-log}

              # At most 100 messages a minute in one chat, by all of its users together.
              - {name: room, by: [chat], limit: 100 per 1m, algorithm: sliding-window}

              # The same text by the same user again within 2 seconds does not pass.
              - {name: repeats, by: [user, text], debounce: 2s}

              # Each command of a user rests for 10 seconds. Only messages that have a command are counted.
              - {name: command, by: [user, command], cooldown: 10s, when: {command: "*"}}

              # No more than 7 requests in progress, by all users together. A program that answers slowly takes a
              # lease before and releases it after; one that is lost ends by itself after 30 seconds.
              - {name: busy, by: [], concurrency: 7, lease: 30s}

              # Users called vip-… would get more instead of 'flood'. A rule in shadow mode only tells what it
              # would do: leave the mode out when its numbers have proved right.
              - {name: vip, by: [user], limit: 50 per 10s, when: {user: "vip-*"}, replaces: [flood], mode: shadow}

          # An API asks about each request: from which address, by which method, for which path. For example
          #     sluice check api ip=192.0.2.7 method=GET path=/search
          api:
            # Requests from these networks always pass and are not counted.
            allow:
              - {ip: 127.0.0.0/8}
            rules:
              # All requests of a client together.
              - {name: client, by: [ip], limit: 100 per 60s, burst: 20}

              # Searches are dear: each client has fewer of them, besides what 'client' allows.
              - {name: search, by: [ip], limit: 10 per 1m, when: {path: ["/search", "/search/*"]}}

              # A thousand uploads for each client and calendar day, from midnight to midnight in Berlin.
              - name: uploads
                by: [ip]
                limit: 1000 per day
                algorithm: quota
                timezone: Europe/Berlin
                when: {method: POST, path: "/upload*"}

          # Asked once for each attempt to log in. For example
          #     sluice check login ip=192.0.2.7
          login:
            rules:
              # 5 attempts in each quarter of an hour. Who tries once more is banned for 15 minutes, the next time
              # for 30, then 60, up to a day.
              - name: tries
                by: [ip]
                limit: 5 per 15m
                algorithm: fixed-window
                penalty: {ban: 15m, after: 1, max: 24h}
        """ + "\n"
}
