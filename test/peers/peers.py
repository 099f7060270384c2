"""Clients and servers of Python: `peers.py websockets|aiohttp|websocket-client client|server [PORT]`.

A server prints its port. A client plays its cases against ws://127.0.0.1:PORT/CASE, one after another.
"""

import asyncio
import json
import sys

TEXT = json.dumps({"type": "quote", "symbol": "ABC", "bid": 100.25, "note": "§ grün 😀"}, ensure_ascii=False)
PAYLOADS = [TEXT, TEXT, "", b"", bytes(3000), TEXT * 40, "*" * 126, "*" * 65536]


# websockets


async def websockets_server():
    from websockets.asyncio.server import serve

    async def handle(connection):
        case = connection.request.path[1:]
        if case == "close-by-server":
            await connection.close(1001, "restart")
        elif case == "close-by-server-without-code":
            await connection.close()
        elif case == "server-pings":
            await asyncio.gather(*[await connection.ping() for _ in range(3)])
        elif case == "server-fragments":
            await connection.send([TEXT[:9], TEXT[9:20], TEXT[20:]])
        elif case == "exception":
            raise RuntimeError("on purpose")
        else:
            async for message in connection:
                await connection.send(message)

    def choose(connection, offered):
        return "v1.chat" if "v1.chat" in offered else None

    async with serve(handle, "127.0.0.1", 0, max_size=200_000, select_subprotocol=choose) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().create_future()


async def websockets_client(port):
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

    def play(case, **options):
        return connect(f"ws://127.0.0.1:{port}/{case}", **options)

    async def exchange(connection):
        for payload in PAYLOADS:
            await connection.send(payload)
            await connection.recv()

    async with play("messages") as connection:
        await exchange(connection)
    async with play("no-compression", compression=None) as connection:
        await exchange(connection)
    strict = ClientPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=10,
        client_max_window_bits=9,
    )
    async with play("no-takeover", compression=None, extensions=[strict]) as connection:
        await exchange(connection)
    async with play("subprotocol", subprotocols=["v2.chat", "v1.chat"]) as connection:
        await exchange(connection)
    async with play("fragments") as connection:
        await connection.send([TEXT[:9], TEXT[9:20], TEXT[20:]])
        await connection.recv()
    async with play("keep-alive", ping_interval=0.05) as connection:
        await asyncio.sleep(0.3)
        for _ in range(3):
            await (await connection.ping())
    async with play("server-fragments") as connection:
        await connection.recv()
    connection = await play("close-private")
    await connection.close(4042, "grün")
    for case in ["close-by-server", "close-by-server-without-code", "server-pings", "exception"]:
        connection = await play(case)
        await connection.wait_closed()
    connection = await play("too-big", compression=None)
    try:
        await connection.send("*" * 200_001)
        await connection.recv()
    except ConnectionClosed:
        pass


# aiohttp


async def aiohttp_server():
    from aiohttp import WSMsgType, web

    async def handle(request):
        case = request.match_info["case"]
        socket = web.WebSocketResponse(heartbeat=0.3, protocols=("v1.chat",))
        await socket.prepare(request)
        if case == "close-by-server":
            await socket.close(code=1001, message=b"restart")
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type == WSMsgType.BINARY:
                await socket.send_bytes(message.data)
        return socket

    app = web.Application()
    app.router.add_get("/page", lambda request: web.Response(text="a page"))
    app.router.add_get("/{case}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().create_future()


async def aiohttp_client(port):
    import aiohttp

    async def exchange(socket):
        for payload in PAYLOADS:
            await (socket.send_str if isinstance(payload, str) else socket.send_bytes)(payload)
            await socket.receive()

    async with aiohttp.ClientSession(base_url=f"http://127.0.0.1:{port}") as session:
        async with session.get("/page") as response:
            await response.text()
        async with session.ws_connect("/messages") as socket:
            await exchange(socket)
        async with session.ws_connect("/compressed", compress=15) as socket:
            await exchange(socket)
        async with session.ws_connect("/small-windows", compress=9) as socket:
            await exchange(socket)
        async with session.ws_connect("/subprotocol", protocols=["v2.chat", "v1.chat"]) as socket:
            await exchange(socket)
        async with session.ws_connect("/keep-alive", heartbeat=0.2) as socket:
            await socket.ping(b"one")
            received = asyncio.create_task(socket.receive())
            await asyncio.sleep(0.7)
            await socket.send_str(TEXT)
            await received
        async with session.ws_connect("/close-private") as socket:
            await socket.close(code=4042, message="grün".encode())
        async with session.ws_connect("/close-by-server") as socket:
            await socket.receive()


# websocket-client


async def websocket_client_client(port):
    import websocket

    def play(case, **options):
        return websocket.create_connection(f"ws://127.0.0.1:{port}/{case}", **options)

    def exchange(socket):
        for payload in PAYLOADS:
            (socket.send if isinstance(payload, str) else socket.send_binary)(payload)
            socket.recv()

    socket = play("messages")
    exchange(socket)
    socket.ping("one")
    socket.recv_data(control_frame=True)
    socket.close()
    socket = play("subprotocol", subprotocols=["v2.chat", "v1.chat"])
    exchange(socket)
    socket.close(1000, b"done")
    socket = play("close-by-server")
    socket.recv()
    socket.close()
    # The way in which most scripts end.
    socket = play("shutdown")
    socket.send(TEXT)
    socket.recv()
    socket.shutdown()


PEERS = {
    ("websockets", "server"): websockets_server,
    ("websockets", "client"): websockets_client,
    ("aiohttp", "server"): aiohttp_server,
    ("aiohttp", "client"): aiohttp_client,
    ("websocket-client", "client"): websocket_client_client,
}

asyncio.run(PEERS[sys.argv[1], sys.argv[2]](*sys.argv[3:]))
