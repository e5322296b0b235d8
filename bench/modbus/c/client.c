/*
 * What libmodbus does in a straight line: `client PORT`, then for each line "SECONDS REGISTERS WINDOW" (it knows no window) on its standard input as
 * many reads one after the other as fit, and one line of JSON about them.
 */
#include <modbus/modbus.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static double cpu_seconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int count, char **words) {
  modbus_t *link = modbus_new_tcp("127.0.0.1", count > 1 ? atoi(words[1]) : 502);
  modbus_set_slave(link, 1);
  if (modbus_connect(link)) return 1;
  printf("{}\n");
  fflush(stdout);
  double wanted;
  int registers;
  while (scanf("%lf %d %*d", &wanted, &registers) == 2) {
    uint16_t values[125];
    long requests = 0, wrong = 0;
    double cpu = cpu_seconds(), begun = seconds(), now = begun;
    for (; now - begun < wanted; now = seconds()) {
      for (int turn = 0; turn < 16; turn += 1, requests += 1) {
        if (modbus_read_registers(link, 0, registers, values) != registers) return 2;
        if (values[registers - 1] != registers - 1) wrong += 1;
      }
    }
    printf("{\"requests\":%ld,\"wrong\":%ld,\"seconds\":%.6f,\"cpuSeconds\":%.6f}\n", requests, wrong, now - begun,
           cpu_seconds() - cpu);
    fflush(stdout);
  }
  modbus_close(link);
  modbus_free(link);
  return 0;
}
