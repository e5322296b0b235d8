"""A server of asyncua, which is written in Python and shares no code with ours: `asyncua-server.py FOLDER [PORT]`.

It offers None and Basic256Sha256 with SignAndEncrypt, and lets `hub` with the password `right` in, and anybody else without
one. Lines on standard input: `set NAME NUMBER [MS]` (the time of the source), `status NAME CODE [MS]`, `delete NAME`. Says
its port first.
"""
import asyncio
import datetime
import logging
import sys
import uuid
from pathlib import Path

from asyncua import Server, ua, uamethod
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from cryptography.x509.oid import ExtendedKeyUsageOID

URI = "urn:unshub:asyncua"
WHEN = datetime.datetime(2024, 2, 29, 12, 30, 15, 250000, tzinfo=datetime.timezone.utc)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
VALUES = {
    "Yes": (True, ua.VariantType.Boolean),
    "Small": (-7, ua.VariantType.SByte),
    "Byte": (200, ua.VariantType.Byte),
    "Int16": (-30000, ua.VariantType.Int16),
    "UInt16": (60000, ua.VariantType.UInt16),
    "Int32": (-2000000000, ua.VariantType.Int32),
    "UInt32": (4000000000, ua.VariantType.UInt32),
    "Int64": (-9007199254740993, ua.VariantType.Int64),
    "UInt64": (18446744073709551615, ua.VariantType.UInt64),
    "Float": (23.5, ua.VariantType.Float),
    "Double": (-0.1, ua.VariantType.Double),
    "Text": ("Grüße, 世界", ua.VariantType.String),
    "When": (WHEN, ua.VariantType.DateTime),
    "Id": (uuid.UUID("12345678-1234-5678-1234-567812345678"), ua.VariantType.Guid),
    "Bytes": (b"\x00\xff\x10", ua.VariantType.ByteString),
    "Local": (ua.LocalizedText("Pumpe", "de"), ua.VariantType.LocalizedText),
    "Doubles": ([1.5, -2.5], ua.VariantType.Double),
    "Texts": (["a", "b"], ua.VariantType.String),
}


class Users:
    """`hub` needs its password; without a name anybody may come in."""

    def get_user(self, iserver, username=None, password=None, certificate=None):
        if username is None or (username == "hub" and password == "right"):
            return User(role=UserRole.Admin)
        return None


@uamethod
def add(parent, a, b):
    return a + b


async def build(server):
    index = await server.register_namespace(URI)
    folder = await server.nodes.objects.add_folder(ua.NodeId("Folder", index), "Folder")
    nodes = {}
    for name, (value, kind) in VALUES.items():
        nodes[name] = await folder.add_variable(ua.NodeId(name, index), name, value, kind)
        await nodes[name].set_writable()
    speed = await folder.add_variable(ua.NodeId("Speed", index), "Speed", 0.0)
    await speed.add_property(index, "EURange", ua.Range(0.0, 3000.0))
    nodes["Speed"] = speed
    await folder.add_variable(ua.NodeId("Span", index), "Span", ua.Range(-5.5, 7.25))
    await folder.add_method(
        ua.NodeId("Add", index),
        ua.QualifiedName("Add", index),
        add,
        [ua.VariantType.Double, ua.VariantType.Double],
        [ua.VariantType.Double],
    )
    return nodes


async def start(folder, port):
    server = Server(user_manager=Users())
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/")
    await server.set_application_uri("urn:unshub:asyncua:server")
    server.set_security_policy(
        [ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt]
    )
    key, cert = folder / "key.pem", folder / "cert.der"
    await setup_self_signed_certificate(
        key,
        cert,
        "urn:unshub:asyncua:server",
        "127.0.0.1",
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH],
        {"commonName": "asyncua"},
    )
    await server.load_certificate(str(cert))
    await server.load_private_key(str(key))
    return server


async def tell(node, value, status, time):
    at = int(time[0]) if time else round(datetime.datetime.now().timestamp() * 1000)
    data = ua.DataValue(ua.Variant(value), ua.StatusCode(status))
    data.SourceTimestamp = EPOCH + datetime.timedelta(milliseconds=at)
    await node.write_attribute(ua.AttributeIds.Value, data)


async def obey(server, nodes, line):
    word, *rest = line.split()
    if word == "set":
        await tell(nodes[rest[0]], float(rest[1]), 0, rest[2:])
    elif word == "status":
        await tell(nodes[rest[0]], 1.0, int(rest[1], 16), rest[2:])
    elif word == "delete":
        await server.delete_nodes([nodes[rest[0]]])


async def main():
    logging.basicConfig(level=logging.CRITICAL)
    folder = Path(sys.argv[1])
    server = await start(folder, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    nodes = await build(server)
    async with server:
        print(server.bserver.port, flush=True)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            await obey(server, nodes, line)


asyncio.run(main())
