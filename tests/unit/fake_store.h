// SPDX-License-Identifier: GPL-2.0-or-later
//
// A store in memory for tests: answers at once, or when told, and fails when told.
#pragma once

#include "core/world.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gate25 {

// FakeStore has a member of that name, which tests look into.
class AnswersAlerts : public Store {
public:
	void alerts(UnixTime since, std::uint64_t after, unsigned limit,
	            std::function<void(Result<std::vector<AlertRow>>)> done) final {
		done(alerts_since(since, after, limit));
	}
	virtual std::vector<AlertRow> alerts_since(UnixTime since, std::uint64_t after, unsigned limit) const = 0;
};

class FakeStore : public AnswersAlerts {
public:
	// What a disk would hold; the test may read and change it. `same_boot` is how load() sees deadlines.
	std::map<std::uint64_t, Quarantine> quarantines;
	std::map<std::uint64_t, Exemption> exemptions;
	std::map<std::uint64_t, AlertRow> alerts;
	std::map<std::uint64_t, AuditRow> audit;
	std::map<std::uint64_t, HeldReport> held;
	std::map<std::string, StoredKey> keys;
	std::map<std::string, Subscriber> subscribers;
	std::map<std::uint64_t, Notice> outbox;
	std::map<Prefix, Tally> tallies; // of the alerts that were forgotten
	bool same_boot = true;
	std::string warning;

	// From now on commits wait until answer_next() or answer_all(), like on a slow disk.
	void hold() { is_held_ = true; }
	// From now on commits fail with this error and change nothing; nullopt: they succeed again.
	void fail_with(std::optional<Error> error) { error_ = std::move(error); }
	void fail_with(const std::string& text) { error_ = Error{ErrorKind::storage, text}; }
	std::size_t waiting() const { return waiting_.size(); }
	// false: nothing waited.
	bool answer_next();
	// Also what is added by the answers; from now on commits are answered at once again.
	void answer_all();

	Result<StoredState> load(const Now& now) override;
	Result<StoredState> load_each(const Now& now, const StoreVisitor& visitor) override;
	void commit(std::vector<Change> changes, std::function<void(Result<void>)> done) override;
	void history(HistoryQuery query, std::function<void(Result<History>)> done) override;
	unsigned count_since(const Prefix& prefix, UnixTime since) override;
	std::vector<AlertRow> alerts_since(UnixTime since, std::uint64_t after, unsigned limit) const override;
	void held_report(std::uint64_t id, std::function<void(Result<HeldReport>)> done) override;
	void find_key(const std::string& key, std::function<void(Result<std::optional<StoredKey>>)> done) override;
	void notices(NoticeQuery query, std::function<void(Result<std::vector<Notice>>)> done) override;
	void forget(const Prefix& subscriber, std::function<void(Result<std::uint64_t>)> done) override;
	void prune(UnixTime older_than) override;
	StoreHealth health() const override { return health_; }

private:
	template <class Decision> Decision restored(Decision decision, const Now& now) const;
	void keep(const Quarantine& row) { quarantines[row.id] = row; }
	void keep(const Exemption& row) { exemptions[row.id] = row; }
	void keep(const AlertRow& row) { alerts[row.id] = row; }
	void keep(const AuditRow& row) { audit[row.id] = row; }
	void keep(const Repeat& repeat);
	void keep(const HeldReport& report);
	void keep(const StoredKey& key) { keys[key.key] = key; }
	void keep(const Subscriber& row) { subscribers[row.id] = row; }
	void keep(const Notice& notice);
	static HeldReport without_bytes(HeldReport report);
	void visit_past(const StoreVisitor& visitor) const;
	// Also of what a test put there.
	std::uint64_t highest_id() const;
	void write(const std::vector<Change>& changes, const std::function<void(Result<void>)>& done);

	static std::uint64_t decision_of(const AlertRow& row) { return row.decision; }
	static std::uint64_t decision_of(const AuditRow& row) { return row.decision; }
	template <class Row> static std::uint64_t decision_of(const Row& row) { return row.id; }
	// Nothing contains the key of a subscriber.
	static bool overlaps(const Prefix& within, const Prefix& prefix);
	static bool overlaps(const Prefix& within, const Result<Prefix>& prefix);
	template <class Row, class PrefixOf>
	static void copy_matching(const std::map<std::uint64_t, Row>& rows, std::vector<Row>& out, const HistoryQuery& query, PrefixOf prefix_of);

	bool is_held_ = false;
	std::optional<Error> error_;
	std::deque<std::pair<std::vector<Change>, std::function<void(Result<void>)>>> waiting_;
	StoreHealth health_;
	std::uint64_t highest_id_ = 0;
	UnixTime loaded_at_{};
};

} // namespace gate25
