/** aedes as its documentation starts it, the yardstick: `node aedes.ts PORT`. */
import { createServer } from "node:net";
import { Aedes } from "aedes";

const broker = await Aedes.createBroker();
const server = createServer((socket) => {
  socket.setNoDelay(true);
  broker.handle(socket);
});
server.listen(Number(process.argv[2] ?? "0"), "127.0.0.1");
