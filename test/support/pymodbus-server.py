"""An independent Modbus server: pymodbus with 100 cells in each table.

Arguments: "tcp" (MBAP) or "rtu" (RTU frames over TCP), "-", then the words of the first holding registers in hex.
Says its port on standard output.
"""

import asyncio
import importlib.util
import sys
from unittest.mock import MagicMock

# pymodbus imports these even where no serial port is used, and Debian only recommends them.
for module in ("serial", "serial_asyncio"):
    if importlib.util.find_spec(module) is None:
        sys.modules[module] = MagicMock()

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import ModbusTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

CELLS = 100


async def main():
    words = [int(word, 16) for word in sys.argv[3:]]
    slave = ModbusSlaveContext(
        co=ModbusSequentialDataBlock(0, [i % 3 == 0 for i in range(CELLS)]),
        di=ModbusSequentialDataBlock(0, [i % 2 == 1 for i in range(CELLS)]),
        ir=ModbusSequentialDataBlock(0, [1000 + i for i in range(CELLS)]),
        hr=ModbusSequentialDataBlock(0, words + [0] * (CELLS - len(words))),
        zero_mode=True,
    )
    framer = ModbusRtuFramer if sys.argv[1] == "rtu" else ModbusSocketFramer
    context = ModbusServerContext(slaves={1: slave}, single=False)
    server = ModbusTcpServer(context, framer=framer, address=("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve_forever())
    while getattr(server, "server", None) is None:
        await asyncio.sleep(0.01)
    print(server.server.sockets[0].getsockname()[1], flush=True)
    await serving


asyncio.run(main())
