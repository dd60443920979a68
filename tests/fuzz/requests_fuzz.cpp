// SPDX-License-Identifier: GPL-2.0-or-later
//
// The bodies of all requests but alerts, which have a target of their own: quarantines, exemptions, and NDJSON cut
// into lines.
#include "fuzz.h"

#include "wire/requests.h"

using namespace gate25;

namespace {

Network network() {
	Network network;
	network.subscribers = {Prefix::parse("100.64.0.0/10").value(), Prefix::parse("2001:db8:1000::/36").value()};
	network.relays = {Prefix::parse("192.0.2.25").value(), Prefix::parse("2001:db8:25::25").value()};
	return network;
}

template <class Request> void check(const Result<Request> &request) {
	if (!request) {
		fuzz::require(!request.error().text.empty(), "an error says something");
		fuzz::check_utf8(request.error().text);
		return;
	}
	const WishedTime &time = request->time;
	fuzz::require(!time.duration || (*time.duration > Seconds(0) && *time.duration <= longest_duration),
	              "a duration is bounded");
	fuzz::require(time.is_given || !time.duration, "nobody is given a time unless it is wished for");
	fuzz::require(request->reason.size() <= 1000, "a reason is bounded");
	fuzz::check_utf8(request->reason);
	const Prefix &prefix = request->subject.prefix;
	fuzz::require(Prefix::parse(prefix.text()) == prefix, "a prefix can be read back");
}

void check_pieces(std::string_view body) {
	const char *end = body.data();
	unsigned number = 0;
	for (const Line &line : lines_of(body)) {
		fuzz::require(line.number > number && line.text.data() >= end, "lines are in order");
		fuzz::require(line.text.find('\n') == line.text.npos, "a line is one line");
		number = line.number;
		end = line.text.data() + line.text.size();
		const auto alert = parse_alert(line.text);
		if (!alert) fuzz::check_utf8(alert.error().text);
	}
	fuzz::require(end <= body.data() + body.size(), "lines stand in the body");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
	static const Network known = network();
	const auto text = fuzz::text_of(data, size);
	const UnixTime now{Seconds(1'795'000'000)};
	check(parse_quarantine(known, text, now));
	check(parse_exemption(known, text));
	if (const auto prefix = parse_subject(known, text))
		fuzz::require(Prefix::parse(prefix->text()) == *prefix, "whoever is meant is named");
	check_pieces(text);
	return 0;
}
