/* Keeps exactly BYTES for each stream from its first text on: alone (poll), or as one process a stream (fork). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t size;
static struct sockaddr_in server;
static char host[64];

static void keep(void) {
    /* Straight from the kernel, so that no allocator's rounding is in it; every page is written to. */
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
}

static int open_one(void) {
    static const char body[] = "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
    char request[1024];
    int length = snprintf(request, sizeof request,
        "POST /v1/messages HTTP/1.1\r\nhost: %s\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\nconnection: close\r\n"
        "content-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", host, sizeof body - 1, body);
    int one = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(one, (struct sockaddr *)&server, sizeof server) || write(one, request, length) != length) {
        perror("known");
        exit(1);
    }
    return one;
}

/* Reads `count` streams to their ends, and then waits for the end of standard input. */
static void read_all(int count) {
    struct pollfd *all = calloc(count, sizeof *all);
    char *kept = calloc(count, 1), buffer[4096];
    for (int i = 0; i < count; i++) all[i] = (struct pollfd){ .fd = open_one(), .events = POLLIN };
    for (int open = count; open > 0;) {
        poll(all, count, -1);
        for (int i = 0; i < count; i++) {
            if (!all[i].revents) continue;
            ssize_t length = read(all[i].fd, buffer, sizeof buffer);
            if (length <= 0) {
                close(all[i].fd);
                all[i].fd = -1;
                open--;
            } else if (!kept[i] && memmem(buffer, length, "content_block_delta", 19)) {
                kept[i] = 1;
                keep();
            }
        }
    }
    while (read(0, buffer, sizeof buffer) > 0) {}
}

int main(int count, char **words) {
    size = strtoul(words[1], NULL, 10);
    int streams = atoi(getenv("PROBE_STREAMS"));
    int port;
    if (count < 3 || sscanf(getenv("ANTHROPIC_BASE_URL"), "http://%63[^:]:%d", host, &port) != 2) return 2;
    server = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
    inet_pton(AF_INET, host, &server.sin_addr);
    if (!strcmp(words[2], "alone")) {
        read_all(streams);
        return 0;
    }
    for (int i = 0; i < streams; i++) {
        if (fork() == 0) {
            read_all(1);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {}
    return 0;
}
