// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/conntrack.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <sys/socket.h>

namespace gate25 {
namespace {

static_assert(Conntrack::offloaded == IPS_OFFLOAD);
constexpr std::size_t receive_size = 64 * 1024;
constexpr int receive_buffer = 4 * 1024 * 1024;
constexpr unsigned most_tries = 5;

Error kernel_error(const std::string& what, int number) {
	return {ErrorKind::kernel, what + ": " + std::strerror(number), number};
}

} // namespace

void Conntrack::Close::operator()(mnl_socket* socket) const noexcept { mnl_socket_close(socket); }

Conntrack::Conntrack(mnl_socket* socket, std::uint32_t status)
	: socket_(socket), buffer_(receive_size), status_(status), number_(static_cast<std::uint32_t>(std::time(nullptr))) {}
Conntrack::Conntrack(Conntrack&&) noexcept = default;
Conntrack::~Conntrack() = default;

Result<Conntrack> Conntrack::open(std::uint32_t status) {
	mnl_socket* raw = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (raw == nullptr) return fail(kernel_error("cannot open a netlink socket", errno));
	Conntrack conntrack(raw, status);
	if (mnl_socket_bind(raw, 0, MNL_SOCKET_AUTOPID) < 0) return fail(kernel_error("cannot bind the netlink socket", errno));
	setsockopt(mnl_socket_get_fd(raw), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer);
	const int on = 1;
	mnl_socket_setsockopt(raw, NETLINK_CAP_ACK, const_cast<int*>(&on), sizeof on);
	return conntrack;
}

// The kernel answers within sendmsg(), so whatever is queued belongs to something given up.
void Conntrack::drain() {
	while (recv(mnl_socket_get_fd(socket_.get()), buffer_.data(), buffer_.size(), MSG_DONTWAIT) > 0) {}
}

Result<std::size_t> Conntrack::replace(const FlowQuery& query,
                                       const std::function<bool(const LiveFlow&)>& is_wanted) {
	// All are found before the first is touched: the walk goes on from where it was.
	const auto found = find(query, is_wanted);
	if (!found) return fail(found.error());
	std::size_t count = 0;
	std::optional<Error> first;
	for (const TrackedEntry& entry : *found) {
		const auto replaced = replace_one(entry);
		if (!replaced && !first) first = replaced.error();
		count += replaced && *replaced ? 1 : 0;
	}
	if (first) return fail(*first);
	return count;
}

Result<std::vector<TrackedEntry>> Conntrack::find(const FlowQuery& query,
                                                  const std::function<bool(const LiveFlow&)>& is_wanted) {
	drain();
	std::vector<TrackedEntry> found;
	const ConntrackMessage request = ConntrackMessage::dump(++number_, query, status_);
	if (mnl_socket_sendto(socket_.get(), request.header(), request.header()->nlmsg_len) < 0)
		return fail(kernel_error("cannot ask connection tracking", errno));
	while (true) {
		const ssize_t got = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
		if (got < 0 && errno == EINTR) continue;
		if (got < 0) return fail(kernel_error("cannot read from connection tracking", errno));
		int left = static_cast<int>(got);
		for (auto* message = reinterpret_cast<nlmsghdr*>(buffer_.data()); mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left)) {
			if (message->nlmsg_seq != number_) continue;
			if (message->nlmsg_type == NLMSG_DONE) return found;
			if (message->nlmsg_type == NLMSG_ERROR) {
				const int number = -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message))->error;
				return fail(kernel_error("connection tracking refused a dump", number));
			}
			auto entry = read_entry(message);
			// An older kernel may not know every part of the filter.
			const bool counts = entry && (entry->status & status_) == status_;
			if (counts && is_wanted(entry->flow())) found.push_back(std::move(*entry));
		}
	}
}

// Whether the connection was still there.
Result<bool> Conntrack::replace_one(const TrackedEntry& entry) {
	std::vector<ConntrackMessage> messages{ConntrackMessage::removal(++number_, entry, ConntrackMessage::Whose::entry)};
	const bool copies = can_be_copied(entry);
	if (copies) messages.push_back(ConntrackMessage::copy(++number_, entry));
	const auto answers = exchange(messages);
	if (!answers) return fail(answers.error());
	const int removal = answers->front(), copy = copies ? answers->back() : 0;
	if (removal == ENOENT) {
		// It ended by itself meanwhile, and what was just written is a connection that nobody has.
		if (copies && copy == 0)
			(void)exchange({ConntrackMessage::removal(++number_, entry, ConntrackMessage::Whose::original)});
		return false;
	}
	// Before 6.4 (6.1.32, 5.15.115, 5.10.182) an entry in a flowtable cannot be deleted: EBUSY.
	if (removal != 0) return fail(kernel_error("this kernel does not let go of a connection in a flowtable", removal));
	if (copy == EEXIST) {
		if (auto replaced = replace_what_came_back(entry); !replaced) return fail(replaced.error());
	} else if (copy != 0) {
		// Without a copy its packets pass the rules all the same; only a redirect is forgotten.
		return fail(kernel_error("connection tracking took no copy of a connection", copy));
	}
	return true;
}

// A packet between the two messages, from either end, made an entry without the translation: that one has to go.
Result<void> Conntrack::replace_what_came_back(const TrackedEntry& entry) {
	for (unsigned i = 0; i < most_tries; ++i) {
		const auto answers = exchange({ConntrackMessage::removal(++number_, entry, ConntrackMessage::Whose::original),
		                               ConntrackMessage::removal(++number_, entry, ConntrackMessage::Whose::reply),
		                               ConntrackMessage::copy(++number_, entry)});
		if (!answers) return fail(answers.error());
		const int copy = answers->back();
		if (copy == 0) return {};
		if (copy != EEXIST) return fail(kernel_error("connection tracking took no copy of a connection", copy));
	}
	return fail(kernel_error("a connection came back into connection tracking again and again", EEXIST));
}

Result<std::vector<int>> Conntrack::exchange(const std::vector<ConntrackMessage>& messages) {
	drain();
	std::vector<char> bytes;
	for (const ConntrackMessage& message : messages) {
		const char* begin = reinterpret_cast<const char*>(message.header());
		bytes.insert(bytes.end(), begin, begin + message.header()->nlmsg_len);
	}
	if (mnl_socket_sendto(socket_.get(), bytes.data(), bytes.size()) < 0)
		return fail(kernel_error("cannot write to connection tracking", errno));
	std::vector<int> answers;
	for (const ConntrackMessage& message : messages) {
		const auto answer = answer_to(message.header()->nlmsg_seq);
		if (!answer) return fail(answer.error());
		answers.push_back(*answer);
	}
	return answers;
}

Result<int> Conntrack::answer_to(std::uint32_t number) {
	while (true) {
		const ssize_t got = recv(mnl_socket_get_fd(socket_.get()), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
		if (got < 0 && errno == EINTR) continue;
		if (got <= 0) return fail(kernel_error("connection tracking did not answer", got < 0 ? errno : EIO));
		int left = static_cast<int>(got);
		for (auto* message = reinterpret_cast<nlmsghdr*>(buffer_.data()); mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left))
			if (message->nlmsg_type == NLMSG_ERROR && message->nlmsg_seq == number)
				return -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message))->error;
	}
}

} // namespace gate25
