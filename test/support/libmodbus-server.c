/*
 * An independent Modbus server: libmodbus with 100 cells in each table, compiled by the interop test.
 * Arguments: "tcp", or "rtu" and the path of a serial port; then the words of the first holding registers in hex.
 * Says its port (TCP) or "ready" on standard output.
 */
#include <arpa/inet.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CELLS = 100 };

static void fill(modbus_mapping_t *map, int count, char **words) {
  for (int i = 0; i < CELLS; i++) {
    map->tab_bits[i] = i % 3 == 0;
    map->tab_input_bits[i] = i % 2;
    map->tab_input_registers[i] = 1000 + i;
  }
  for (int i = 0; i < count && i < CELLS; i++)
    map->tab_registers[i] = (uint16_t)strtol(words[i], NULL, 16);
}

/* Answers until the peer is gone. */
static void serve(modbus_t *ctx, modbus_mapping_t *map) {
  uint8_t query[MODBUS_MAX_ADU_LENGTH];
  for (;;) {
    int length = modbus_receive(ctx, query);
    if (length > 0) modbus_reply(ctx, query, length, map);
    if (length < 0) return;
  }
}

static int serve_tcp(modbus_mapping_t *map) {
  modbus_t *ctx = modbus_new_tcp("127.0.0.1", 0);
  int listener = modbus_tcp_listen(ctx, 1);
  struct sockaddr_in where;
  socklen_t size = sizeof where;
  if (listener < 0 || getsockname(listener, (struct sockaddr *)&where, &size) != 0) return 1;
  printf("%d\n", ntohs(where.sin_port));
  fflush(stdout);
  while (modbus_tcp_accept(ctx, &listener) >= 0) {
    serve(ctx, map);
    modbus_close(ctx);
  }
  return 1;
}

static int serve_rtu(modbus_mapping_t *map, const char *path) {
  modbus_t *ctx = modbus_new_rtu(path, 115200, 'N', 8, 1);
  modbus_set_slave(ctx, 1);
  if (modbus_connect(ctx) != 0) return 1;
  puts("ready");
  fflush(stdout);
  for (;;) serve(ctx, map);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int is_rtu = strcmp(argv[1], "rtu") == 0;
  modbus_mapping_t *map = modbus_mapping_new(CELLS, CELLS, CELLS, CELLS);
  fill(map, argc - 3, argv + 3);
  return is_rtu ? serve_rtu(map, argv[2]) : serve_tcp(map);
}
