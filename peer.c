/*
 * peer.c - whose socket is at the other end of a connection on this machine.
 *
 * A run with network could call the API of the very server that holds it. Every
 * accepted connection is looked up from the other side (sock_diag(7), an exact
 * look-up by both addresses, no privilege needed): where the kernel knows such
 * a socket it is on this machine, and says its uid. One that has no inode has
 * been closed already, its owner is not known any more, and nobody waits for
 * an answer.
 */
#include "sandbox.h"

#include <sys/socket.h>

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static int diag = -1;

int
peer_open(void)
{
	/* Answers come from the kernel at once; the time-out is for a kernel that has none to give. */
	const struct timeval wait = { 0, 100000 };

	diag = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (diag == -1)
		return -1;
	return setsockopt(diag, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == -1 ? -1 : diag;
}

/* An address as the other end has it: an IPv4 connection to a dual-stack socket is IPv4 there. Returns its family. */
static sa_family_t
put_address(const struct sockaddr_in6 *a, uint32_t to[4], uint16_t *port)
{
	if (a->sin6_family == AF_INET6) {
		*port = a->sin6_port;
		if (IN6_IS_ADDR_V4MAPPED(&a->sin6_addr)) {
			memcpy(to, &a->sin6_addr.s6_addr[12], 4);
			return AF_INET;
		}
		memcpy(to, &a->sin6_addr, 16);
		return AF_INET6;
	}
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)(const void *)a;
	*port = a4->sin_port;
	memcpy(to, &a4->sin_addr, 4);
	return AF_INET;
}

/* Ask for one socket. 1 with *found filled, 0 when there is none, -1 with errno. */
static int
look_up(struct inet_diag_sockid id, sa_family_t family, struct inet_diag_msg *found)
{
	static uint32_t serial;
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} ask = {
		.head = { .nlmsg_len = sizeof(ask), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST,
		    .nlmsg_seq = ++serial },
		.req = { .sdiag_family = (uint8_t)family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0u, .id = id },
	};
	union { struct nlmsghdr head; char room[4096]; } in;

	if (send(diag, &ask, sizeof(ask), 0) != (ssize_t)sizeof(ask))
		return -1;
	do {
		ssize_t n = recv(diag, &in, sizeof(in), 0);
		if (n < (ssize_t)sizeof(in.head))
			return -1;
	} while (in.head.nlmsg_seq != serial);  /* the late answer to a question that timed out */
	if (in.head.nlmsg_type == NLMSG_ERROR) {
		errno = -((const struct nlmsgerr *)NLMSG_DATA(&in.head))->error;
		return errno == ENOENT ? 0 : -1;
	}
	memcpy(found, NLMSG_DATA(&in.head), sizeof(*found));
	return 1;
}

/* Through an IPv6 socket an IPv4 connection can also be made as ::ffff:a.b.c.d: the kernel keeps that one as IPv6. */
static void
map_v4(uint32_t a[4])
{
	a[3] = a[0];
	a[0] = a[1] = 0;
	a[2] = htonl(0xffff);
}

int
peer_uid(int fd, uid_t *uid)
{
	struct sockaddr_in6 here = { 0 }, there = { 0 };
	socklen_t n_here = sizeof(here), n_there = sizeof(there);
	struct inet_diag_sockid id = { .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } };
	struct inet_diag_msg m = { 0 };

	if (getsockname(fd, (struct sockaddr *)&here, &n_here) == -1 ||
	    getpeername(fd, (struct sockaddr *)&there, &n_there) == -1)
		return errno == ENOTCONN ? 1 : -1;      /* reset already: as good as closed */
	/* The other end's source is our peer, its destination are we. */
	sa_family_t family = put_address(&there, id.idiag_src, &id.idiag_sport);
	(void)put_address(&here, id.idiag_dst, &id.idiag_dport);
	int rc = look_up(id, family, &m);
	if (rc == 0 && family == AF_INET) {
		map_v4(id.idiag_src);
		map_v4(id.idiag_dst);
		rc = look_up(id, AF_INET6, &m);
	}
	if (rc <= 0)
		return rc == 0 ? 0 : -1;
	*uid = m.idiag_inode == 0 ? (uid_t)-1 : m.idiag_uid;
	return 1;
}
