// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/kernel/nft_json.h"

#include "edge/kernel/nft.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace json = boost::json;

namespace gate25 {
namespace {

constexpr std::array<std::string_view, 9> loading_order{"metainfo",  "table", "chain", "counter", "limit",
                                                        "flowtable", "set",   "map",   "rule"};

tl::unexpected<Error> failed(std::string text) {
	return fail(ErrorKind::kernel, "the ruleset could not be turned into JSON: " + std::move(text));
}

// --- the child -----------------------------------------------------------------------------------------

// Without CAP_SYS_ADMIN the namespace comes with a user namespace around it.
bool enter_own_namespace() {
	return ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

Result<std::string> load_and_list(const std::string& ruleset) {
	if (!enter_own_namespace()) return failed(fmt::format("no namespace may be made: {}", std::strerror(errno)));
	if (auto loaded = run_nft(ruleset); !loaded) return fail(loaded.error());
	return query_nft("list ruleset", true);
}

bool write_all(int descriptor, std::string_view text) {
	while (!text.empty()) {
		const auto size = ::write(descriptor, text.data(), text.size());
		if (size < 0 && errno == EINTR) continue;
		if (size < 0) return false;
		text.remove_prefix(static_cast<std::size_t>(size));
	}
	return true;
}

// Exit status 0: the listing was written; 1: the error was. _exit(): nothing of the parent's is flushed twice.
[[noreturn]] void child(int descriptor, const std::string& ruleset) noexcept {
	const auto listing = load_and_list(ruleset);
	const bool is_written = write_all(descriptor, listing ? *listing : listing.error().text);
	::_exit(listing && is_written ? 0 : 1);
}

std::string read_all(int descriptor) {
	std::string text;
	std::array<char, 65536> buffer;
	for (;;) {
		const auto size = ::read(descriptor, buffer.data(), buffer.size());
		if (size < 0 && errno == EINTR) continue;
		if (size <= 0) return text;
		text.append(buffer.data(), static_cast<std::size_t>(size));
	}
}

Result<std::string> listing_of(const std::string& ruleset) {
	int ends[2];
	if (::pipe(ends) != 0) return failed(std::strerror(errno));
	const auto process = ::fork();
	if (process == 0) {
		::close(ends[0]);
		child(ends[1], ruleset);
	}
	::close(ends[1]);
	const auto fork_error = process < 0 ? errno : 0;
	auto text = process < 0 ? std::string(std::strerror(fork_error)) : read_all(ends[0]);
	::close(ends[0]);
	int status = -1;
	while (process > 0 && ::waitpid(process, &status, 0) < 0 && errno == EINTR) {
	}
	if (process > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
	return failed(text.empty() ? "the child process ended without a word" : text);
}

// --- the listing ---------------------------------------------------------------------------------------

std::size_t place_of(const json::value& item) {
	const auto& name = item.get_object().begin()->key();
	const auto found = std::find(loading_order.begin(), loading_order.end(), std::string_view(name));
	return static_cast<std::size_t>(found - loading_order.begin());
}

bool is_item(const json::value& value) {
	return value.is_object() && value.get_object().size() == 1 && value.get_object().begin()->value().is_object();
}

// {"elem": {"val": ..., "timeout": 86400, "expires": 0}}, in a map [key, verdict] with such a key
bool is_nearly_over(const json::value& element) {
	const auto& key = element.is_array() && !element.get_array().empty() ? element.get_array()[0] : element;
	const auto* wrapped = key.is_object() ? key.get_object().if_contains("elem") : nullptr;
	if (wrapped == nullptr || !wrapped->is_object()) return false;
	const auto& object = wrapped->get_object();
	const auto* expires = object.if_contains("expires");
	const bool is_zero = expires == nullptr || *expires == 0;
	return object.contains("timeout") && is_zero;
}

void tidy(json::object& item) {
	item.erase("handle");
	auto* elements = item.if_contains("elem");
	if (elements == nullptr || !elements->is_array()) return;
	auto& list = elements->get_array();
	list.erase(std::remove_if(list.begin(), list.end(), is_nearly_over), list.end());
	if (list.empty()) item.erase("elem"); // nftables 1.0.6 refuses an empty list
}

// Adding a table that may be there, and deleting it, works whether or not it is.
void replace_table(json::array& out, const json::object& table) {
	const json::object named{{"table", {{"family", table.at("family")}, {"name", table.at("name")}}}};
	out.push_back(json::object{{"add", named}});
	out.push_back(json::object{{"delete", named}});
}

} // namespace

Result<std::string> loadable(const std::string& listing) {
	boost::system::error_code error;
	auto root = json::parse(listing, error);
	const auto* items = !error && root.is_object() ? root.get_object().if_contains("nftables") : nullptr;
	if (items == nullptr || !items->is_array()) return failed("nftables listed something else than JSON");
	auto& list = root.get_object()["nftables"].get_array();
	if (!std::all_of(list.begin(), list.end(), is_item)) return failed("nftables listed an unknown shape");
	std::stable_sort(list.begin(), list.end(),
	                 [](const json::value& a, const json::value& b) { return place_of(a) < place_of(b); });
	json::array out;
	for (auto& value : list) {
		auto& item = value.get_object().begin()->value().get_object();
		if (value.get_object().contains("table")) replace_table(out, item);
		tidy(item);
		out.push_back(std::move(value));
	}
	return json::serialize(json::object{{"nftables", std::move(out)}}) + '\n';
}

Result<std::string> ruleset_as_json(const std::string& ruleset) {
	const auto listing = listing_of(ruleset);
	if (!listing) return fail(listing.error());
	return loadable(*listing);
}

} // namespace gate25
