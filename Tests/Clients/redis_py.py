"""redis-py, unchanged, against a running transport: redis_py.py PORT SOCKET_PATH. Exits 1 where it disagrees."""
import sys
import threading

import redis

port, path = int(sys.argv[1]), sys.argv[2]


def expect(actual, expected):
    if actual != expected:
        sys.exit(f"got {actual!r}, expected {expected!r}")


def decide(client, prefix):
    expect(client.ping(), True)
    expect(client.echo("hello"), b"hello")
    expect(client.execute_command("CL.THROTTLE", prefix + "k", 15, 30, 60), [0, 16, 15, -1, 2])
    expect(client.execute_command("CL.THROTTLE", b"\xff\x00" + prefix.encode(), 0, 1, 60, 1), [0, 1, 0, -1, 60])
    reply = client.execute_command("SLUICE.CHECK", "chat", 1, "user", prefix)
    expect(reply, [1, 5, 4, 0, 2000, b"flood"])
    pipeline = client.pipeline(transaction=False)
    for _ in range(200):
        pipeline.execute_command("CL.THROTTLE", prefix + "p", 199, 1, 1)
    expect([r[:3] for r in pipeline.execute()], [[0, 200, left] for left in range(199, -1, -1)])
    try:
        client.execute_command("SLUICE.CHECK", "chta", 1, "user", "1")
        sys.exit("no error for an unknown policy")
    except redis.ResponseError as error:
        expect(str(error), "unknown policy 'chta' (did you mean 'chat'?)")
    try:
        client.get("x")
        sys.exit("no error for an unknown command")
    except redis.ResponseError as error:
        expect(str(error), "unknown command 'GET', with args beginning with: 'x' ")
    expect(client.client_setname("me"), True)
    expect(client.client_getname() in ("me", b"me"), True)
    client.info()
    client.config_get("save")
    client.command_count()
    client.time()
    client.dbsize()


decide(redis.Redis(port=port), "two")
decide(redis.Redis(port=port, protocol=3), "three")
decide(redis.Redis(port=port, protocol=3, client_name="named", single_connection_client=True), "single")
decide(redis.Redis(unix_socket_path=path), "unix")
decide(redis.Redis.from_url(f"redis://default:secret@127.0.0.1:{port}/0?protocol=3"), "url")

pool = redis.BlockingConnectionPool(port=port, max_connections=4, timeout=20)
shared = redis.Redis(connection_pool=pool)
allowed = []


def work():
    for _ in range(50):
        allowed.append(shared.execute_command("CL.THROTTLE", "shared", 99, 1, 3600)[0])


threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
expect((allowed.count(0), allowed.count(1)), (100, 300))
print("ok")
