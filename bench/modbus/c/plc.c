/*
 * A Modbus TCP server that costs as little as it can: one epoll loop, all answers to what one read brought in one write.
 * It knows function code 3 only; register n is n. Says its port as one line of JSON and ends with its standard input.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define IN_BYTES 4096
#define OUT_BYTES 131072
#define REQUEST_BYTES 12
#define MOST_SOCKETS 65536

struct peer {
  uint8_t in[IN_BYTES];
  size_t held;
};

static struct peer *peers[MOST_SOCKETS];
static uint8_t out[OUT_BYTES];

static size_t answer(const uint8_t *request, uint8_t *to) {
  unsigned start = request[8] << 8 | request[9];
  unsigned count = request[10] << 8 | request[11];
  unsigned length = 3 + 2 * count;
  if (request[7] != 3 || count < 1 || count > 125) exit(3);
  memcpy(to, request, 4);
  to[4] = length >> 8;
  to[5] = length & 0xff;
  to[6] = request[6];
  to[7] = 3;
  to[8] = 2 * count;
  for (unsigned at = 0; at < count; at += 1) {
    to[9 + 2 * at] = (start + at) >> 8;
    to[10 + 2 * at] = (start + at) & 0xff;
  }
  return 6 + length;
}

static void greet(int listener, int poll) {
  int one = 1;
  int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (socket < 0 || socket >= MOST_SOCKETS) return;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  peers[socket] = calloc(1, sizeof(struct peer));
  struct epoll_event event = {.events = EPOLLIN, .data.fd = socket};
  epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
}

static void hear(int socket) {
  struct peer *peer = peers[socket];
  ssize_t got = read(socket, peer->in + peer->held, IN_BYTES - peer->held);
  if (got <= 0) {
    free(peer);
    close(socket);
    return;
  }
  size_t end = peer->held + got, at = 0, said = 0;
  for (; at + REQUEST_BYTES <= end; at += REQUEST_BYTES) said += answer(peer->in + at, out + said);
  peer->held = end - at;
  memmove(peer->in, peer->in + at, peer->held);
  if (said > 0 && write(socket, out, said) != (ssize_t)said) exit(4);
}

int main(void) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof place;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  int poll = epoll_create1(0);
  if (bind(listener, (struct sockaddr *)&place, size) || listen(listener, 1024)) return 1;
  getsockname(listener, (struct sockaddr *)&place, &size);
  printf("{\"port\":%d}\n", ntohs(place.sin_port));
  fflush(stdout);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = 0;
  epoll_ctl(poll, EPOLL_CTL_ADD, 0, &event);
  for (;;) {
    struct epoll_event ready[64];
    int count = epoll_wait(poll, ready, 64, -1);
    for (int index = 0; index < count; index += 1) {
      int socket = ready[index].data.fd;
      if (socket == 0) return 0;
      if (socket == listener) greet(listener, poll);
      else hear(socket);
    }
  }
}
