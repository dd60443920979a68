// SPDX-License-Identifier: GPL-2.0-or-later
//
// The control API (docs/openapi.yaml): a table of routes, one function each.
#pragma once

#include "flow/agent.h"
#include "wire/http.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace gate25 {

struct SubscriberStory; // flow/api_subscribers.cpp

class Api {
public:
	explicit Api(Agent& agent) : agent_(agent) {}
	void handle(HttpRequest request, HttpReply reply);
	// How many clients are connected; main knows.
	std::function<std::size_t()> clients = [] { return std::size_t{0}; };

	struct Route {
		const char* method;
		const char* path; // "v1/quarantines/*": * is any one segment
		bool on_alert_socket;
		void (Api::*handler)(const HttpRequest&, const HttpReply&);
		bool on_portal_socket = false;
	};

private:
	void status(const HttpRequest& request, const HttpReply& reply);
	void metrics(const HttpRequest& request, const HttpReply& reply);
	void list_quarantines(const HttpRequest& request, const HttpReply& reply);
	void add_quarantine(const HttpRequest& request, const HttpReply& reply);
	void show(const HttpRequest& request, const HttpReply& reply);
	void release(const HttpRequest& request, const HttpReply& reply);
	void history(const HttpRequest& request, const HttpReply& reply);
	void import(const HttpRequest& request, const HttpReply& reply);
	void list_exemptions(const HttpRequest& request, const HttpReply& reply);
	void add_exemption(const HttpRequest& request, const HttpReply& reply);
	void end_exemption(const HttpRequest& request, const HttpReply& reply);
	void alerts(const HttpRequest& request, const HttpReply& reply);
	void list_alerts(const HttpRequest& request, const HttpReply& reply);
	void reports(const HttpRequest& request, const HttpReply& reply);
	void inbox(const HttpRequest& request, const HttpReply& reply);
	void show_report(const HttpRequest& request, const HttpReply& reply);
	void report_bytes(const HttpRequest& request, const HttpReply& reply);
	void read_again(const HttpRequest& request, const HttpReply& reply);
	void close_report(const HttpRequest& request, const HttpReply& reply);
	void score(const HttpRequest& request, const HttpReply& reply);
	void volume(const HttpRequest& request, const HttpReply& reply);
	void volume_top(const HttpRequest& request, const HttpReply& reply);
	void volume_spread(const HttpRequest& request, const HttpReply& reply);
	void what_if(const HttpRequest& request, const HttpReply& reply);
	void outbox(const HttpRequest& request, const HttpReply& reply);
	void report_delivery(const HttpRequest& request, const HttpReply& reply);
	void list_notices(const HttpRequest& request, const HttpReply& reply);
	void holder(const HttpRequest& request, const HttpReply& reply);
	void subscriber(const HttpRequest& request, const HttpReply& reply);
	void set_contact(const HttpRequest& request, const HttpReply& reply);
	void forget(const HttpRequest& request, const HttpReply& reply);
	void list_assignments(const HttpRequest& request, const HttpReply& reply);
	void assign(const HttpRequest& request, const HttpReply& reply);
	void unassign(const HttpRequest& request, const HttpReply& reply);
	void sources(const HttpRequest& request, const HttpReply& reply);
	void portal_state(const HttpRequest& request, const HttpReply& reply);
	void portal_release(const HttpRequest& request, const HttpReply& reply);
	void portal_code(const HttpRequest& request, const HttpReply& reply);
	void configuration(const HttpRequest& request, const HttpReply& reply);
	void explain(const HttpRequest& request, const HttpReply& reply);
	void ruleset(const HttpRequest& request, const HttpReply& reply);
	void events(const HttpRequest& request, const HttpReply& reply);
	void reload(const HttpRequest& request, const HttpReply& reply);
	void remove(const HttpRequest& request, const HttpReply& reply);

	boost::json::object story_object(const SubscriberStory& story) const;
	// With names instead of keys.
	void name_party(boost::json::object& row, const Prefix& party) const;
	boost::json::object shown(const Quarantine& quarantine) const;
	boost::json::object shown(const Exemption& exemption) const;
	boost::json::object shown(const AlertRow& alert) const;
	boost::json::object shown(const AuditRow& audit) const;
	template <class Row> boost::json::array all_shown(const std::vector<Row>& rows) const {
		boost::json::array array;
		for (const Row& row : rows) array.push_back(shown(row));
		return array;
	}
	void list_all_quarantines(const HttpRequest& request, const HttpReply& reply, std::optional<Level> level);
	template <class Question, class Answered>
	void ask_record(const HttpReply& reply, const RecordQuery& query, std::shared_ptr<Question> question, Answered answered);
	static const Route routes[];
	Agent& agent_;
	std::shared_ptr<int> volume_questions_ = std::make_shared<int>(0); // each that runs holds it too
};

// The query value under this name, or empty. `known` are the names this route takes; any other is an error.
[[nodiscard]] Result<void> check_query(const HttpRequest& request, std::initializer_list<const char*> known);
// A whole number in the query, or `otherwise`.
[[nodiscard]] Result<std::uint64_t> number_in(const HttpRequest& request, const char* name, std::uint64_t otherwise,
                                              std::uint64_t most);
// An instant in the query, RFC 3339; nullopt: it was not given.
[[nodiscard]] Result<std::optional<UnixTime>> time_in(const HttpRequest& request, const char* name);
// A source port in the query; nullopt: it was not given.
[[nodiscard]] Result<std::optional<std::uint16_t>> port_in(const HttpRequest& request, const char* name);
std::string query_value(const HttpRequest& request, const char* name);

} // namespace gate25
