/* An SMTP server that takes everything and only counts: the other end of a benchmark.
 *
 *   sink COUNTERS     listens on a free port of 127.0.0.1 until SIGTERM, or until its standard input, a pipe, is closed
 *
 * COUNTERS is a file of four native 64-bit numbers, mapped into memory and kept up to date:
 * port (0 until it listens), transactions (250 after the dot), recipients of these, distinct recipients among them.
 * SIGUSR1 prints the last three. One thread, one epoll. Offers PIPELINING, 8BITMIME, SMTPUTF8.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN = 1 << 18, OUT = 1 << 16, MOST_RECIPIENTS = 1024 };

struct counters {
    volatile uint64_t port, transactions, recipients, distinct;
};

struct session {
    int socket, content, named; /* content: between 354 and the dot; named: recipients of this transaction */
    size_t have, say;           /* bytes in `in` not yet read, bytes in `out` not yet written */
    uint64_t names[MOST_RECIPIENTS];
    char in[IN], out[OUT];
};

static struct counters *counters;
static volatile sig_atomic_t asked;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void ask(int signal_number) {
    (void)signal_number;
    asked = 1;
}

/* Distinct recipients: an open-addressing set of 64-bit hashes, doubled when half full. */

static uint64_t *seen;
static size_t room;

static void put(uint64_t hash) {
    size_t at = hash & (room - 1);
    while (seen[at] && seen[at] != hash) at = (at + 1) & (room - 1);
    seen[at] = hash;
}

static void remember(uint64_t hash) {
    if (!room || counters->distinct * 2 >= room) {
        uint64_t *old = seen;
        size_t before = room;
        room = room ? room * 2 : 1 << 16;
        if (!(seen = calloc(room, sizeof *seen))) fail("memory");
        for (size_t i = 0; i < before; i++)
            if (old[i]) put(old[i]);
        free(old);
    }
    size_t at = hash & (room - 1);
    while (seen[at] && seen[at] != hash) at = (at + 1) & (room - 1);
    if (!seen[at]) {
        seen[at] = hash;
        counters->distinct++;
    }
}

static uint64_t hash_of(const char *text, size_t length) { /* FNV-1a; 0 means empty in the set */
    uint64_t hash = 14695981039346656037u;
    while (length--) hash = (hash ^ (unsigned char)*text++) * 1099511628211u;
    return hash ? hash : 1;
}

static void reply(struct session *s, const char *text) {
    size_t length = strlen(text);
    if (s->say + length > OUT) return; /* a client that never reads loses replies, not us memory */
    memcpy(s->out + s->say, text, length);
    s->say += length;
}

static int starts(const char *line, size_t length, const char *word) {
    return length >= strlen(word) && !strncasecmp(line, word, strlen(word));
}

/* One command line without its CRLF. Returns 0 when the connection is to end. */
static int command(struct session *s, const char *line, size_t length) {
    if (starts(line, length, "RCPT TO:<")) {
        const char *end = memchr(line, '>', length);
        size_t name = (end ? (size_t)(end - line) : length) - 9;
        if (s->named == MOST_RECIPIENTS) return reply(s, "452 4.5.3 too many recipients\r\n"), 1;
        s->names[s->named++] = hash_of(line + 9, name);
        reply(s, "250 2.1.5 ok\r\n");
    } else if (starts(line, length, "MAIL FROM:<")) {
        s->named = 0;
        reply(s, "250 2.1.0 ok\r\n");
    } else if (starts(line, length, "DATA")) {
        s->content = s->named > 0;
        reply(s, s->content ? "354 go on\r\n" : "503 5.5.1 RCPT first\r\n");
    } else if (starts(line, length, "EHLO")) {
        reply(s, "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
    } else if (starts(line, length, "QUIT")) {
        reply(s, "221 2.0.0 bye\r\n");
        return 0;
    } else {
        reply(s, "250 2.0.0 ok\r\n"); /* HELO, RSET, NOOP */
    }
    return 1;
}

/* Reads what is in `in`. Returns 0 when the connection is to end. */
static int digest(struct session *s) {
    char *at = s->in, *end = s->in + s->have;
    int alive = 1;
    while (alive) {
        if (s->content) {
            /* The CRLF of the line before was left standing, so that an empty content ends like any other. */
            char *dot = memmem(at, end - at, "\r\n.\r\n", 5);
            if (!dot) {
                if (end - at > 4) at = end - 4;
                break;
            }
            at = dot + 5;
            s->content = 0;
            counters->transactions++;
            counters->recipients += s->named;
            for (int i = 0; i < s->named; i++) remember(s->names[i]);
            s->named = 0;
            reply(s, "250 2.0.0 taken\r\n");
        } else {
            char *stop = memchr(at, '\n', end - at);
            if (!stop) {
                if (end - at == IN) return 0; /* a line without end */
                break;
            }
            size_t length = stop - at;
            if (length && stop[-1] == '\r') length--;
            alive = command(s, at, length);
            at = s->content ? stop - 1 : stop + 1;
        }
    }
    s->have = end - at;
    memmove(s->in, at, s->have);
    return alive;
}

int main(int count, char **words) {
    if (count != 2) return fprintf(stderr, "usage: sink COUNTERS\n"), 2;
    int file = open(words[1], O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, sizeof *counters)) fail(words[1]);
    counters = mmap(0, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (counters == MAP_FAILED) fail("mmap");
    struct sigaction action = {.sa_handler = ask};
    sigaction(SIGUSR1, &action, 0);
    signal(SIGPIPE, SIG_IGN);

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
    if (door < 0 || bind(door, (void *)&address, size) || listen(door, 1024)) fail("listen");
    getsockname(door, (void *)&address, &size);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = 0}, events[64];
    if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, door, &event)) fail("epoll");
    event.data.ptr = counters; /* standard input: whoever started us is gone when it ends */
    epoll_ctl(poll, EPOLL_CTL_ADD, 0, &event);
    counters->port = ntohs(address.sin_port);

    for (;;) {
        int ready = epoll_wait(poll, events, 64, -1);
        if (asked) {
            asked = 0;
            printf("%lu transactions, %lu recipients, %lu distinct\n", (unsigned long)counters->transactions,
                   (unsigned long)counters->recipients, (unsigned long)counters->distinct);
            fflush(stdout);
        }
        if (ready < 0 && errno != EINTR) fail("epoll_wait");
        for (int i = 0; i < ready; i++) {
            struct session *s = events[i].data.ptr;
            char nothing[64];
            if (events[i].data.ptr == counters) {
                if (read(0, nothing, sizeof nothing) <= 0) return 0;
                continue;
            }
            if (!s) {
                int client = accept4(door, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (client < 0) continue;
                setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                if (!(s = calloc(1, sizeof *s))) fail("memory");
                s->socket = client;
                reply(s, "220 sink ESMTP\r\n");
                event = (struct epoll_event){.events = EPOLLIN | EPOLLRDHUP, .data.ptr = s};
                epoll_ctl(poll, EPOLL_CTL_ADD, client, &event);
            }
            int alive = 1;
            if (events[i].data.ptr) {
                ssize_t got = read(s->socket, s->in + s->have, IN - s->have);
                if (got > 0) s->have += got;
                alive = got > 0 ? digest(s) : got < 0 && errno == EAGAIN;
            }
            /* Replies are far smaller than a socket's buffer; what does not fit waits for the next turn. */
            if (s->say) {
                ssize_t put_out = write(s->socket, s->out, s->say);
                if (put_out > 0) memmove(s->out, s->out + put_out, s->say -= put_out);
            }
            if (!alive) {
                close(s->socket);
                free(s);
            }
        }
    }
}
