// SPDX-License-Identifier: GPL-2.0-or-later
//
// The records of hours, in chunks.
#include "edge/store/volume_file_operation.h"
#include "wire/volume_blob.h"

namespace gate25 {

namespace {

// Bigger runs are left alone, so that merging needs some megabytes at most.
constexpr std::int64_t most_of_run = 262'144;

bool is_earlier(const VolumeRecord& a, const VolumeRecord& b) {
	if (a.hour != b.hour) return a.hour < b.hour;
	if (a.activity != b.activity) return a.activity < b.activity;
	return is_before(a.key, b.key);
}

bool is_same(const VolumeRecord& a, const VolumeRecord& b) {
	return a.hour == b.hour && a.activity == b.activity && a.key == b.key;
}

// Of two of the same the later one stays.
void keep_latest(std::vector<VolumeRecord>& records) {
	std::ranges::stable_sort(records, is_earlier);
	std::size_t kept = 0;
	for (std::size_t i = 0; i < records.size(); ++i) {
		if (i + 1 < records.size() && is_same(records[i], records[i + 1])) continue;
		records[kept++] = records[i];
	}
	records.resize(kept);
}

} // namespace

// Several sorted runs as one. Of each run one chunk is in memory.
class VolumeTables::Merge {
public:
	Merge(VolumeTables& tables, std::uint32_t hour, Activity activity) : tables_(tables), hour_(hour), activity_(activity) {}
	Result<void> run(const std::function<void(const VolumeRecord&)>& visit);

private:
	struct Run {
		std::vector<Chunk> chunks;
		std::size_t next_chunk = 0;
		std::vector<VolumeRecord> records; // of the chunk before next_chunk
		std::size_t at = 0;
		const VolumeRecord& record() const { return records[at]; }
	};
	Result<void> find_runs();
	// Whether there is one.
	Result<bool> fill(Run& run);
	Result<bool> advance(Run& run) {
		++run.at;
		return fill(run);
	}
	Run* lowest();

	VolumeTables& tables_;
	std::uint32_t hour_;
	Activity activity_;
	std::vector<Run> runs_; // the latest first
};

Result<void> VolumeTables::Merge::find_runs() {
	auto read = tables_.database_->prepare("SELECT id, run FROM chunk WHERE hour = ?1 AND activity = ?2 ORDER BY run DESC, first");
	if (!read) return fail(read.error());
	std::optional<std::int64_t> last;
	return read->bind(hour_, static_cast<int>(activity_)).each([&](const sql::Row& row) -> Result<void> {
		if (last != row.integer(1)) runs_.emplace_back();
		last = row.integer(1);
		runs_.back().chunks.push_back({row.integer(0), row.integer(1)});
		return {};
	});
}

Result<bool> VolumeTables::Merge::fill(Run& run) {
	while (run.at == run.records.size()) {
		if (run.next_chunk == run.chunks.size()) return false;
		auto records = tables_.read_chunk(hour_, activity_, run.chunks[run.next_chunk++].id);
		if (!records) return fail(records.error());
		run.records = std::move(*records);
		run.at = 0;
	}
	return true;
}

VolumeTables::Merge::Run* VolumeTables::Merge::lowest() {
	Run* lowest = nullptr;
	for (Run& run : runs_)
		if (lowest == nullptr || is_before(run.record().key, lowest->record().key)) lowest = &run;
	return lowest;
}

Result<void> VolumeTables::Merge::run(const std::function<void(const VolumeRecord&)>& visit) {
	if (auto found = find_runs(); !found) return found;
	const auto keep_if = [&](auto&& has_more) -> Result<void> {
		for (auto run = runs_.begin(); run != runs_.end();) {
			auto more = has_more(*run);
			if (!more) return fail(more.error());
			run = *more ? run + 1 : runs_.erase(run);
		}
		return {};
	};
	if (auto filled = keep_if([&](Run& run) { return fill(run); }); !filled) return filled;
	while (!runs_.empty()) {
		const VolumeRecord record = lowest()->record();
		visit(record);
		auto moved = keep_if([&](Run& run) -> Result<bool> { return run.record().key == record.key ? advance(run) : true; });
		if (!moved) return moved;
	}
	return {};
}

Result<void> VolumeTables::record(std::vector<VolumeRecord> records) {
	keep_latest(records);
	return on_file([&]() -> Result<void> {
		auto transaction = sql::Transaction::begin(*database_);
		if (!transaction) return fail(transaction.error());
		for (auto from = records.begin(); from != records.end();) {
			const auto to = std::find_if(from, records.end(), [&](const VolumeRecord& one) {
				return one.hour != from->hour || one.activity != from->activity;
			});
			if (auto added = add_run({from, to}); !added) return added;
			from = to;
		}
		if (auto remembered = remember_users(records); !remembered) return remembered;
		return transaction->commit();
	});
}

Result<void> VolumeTables::add_run(std::vector<VolumeRecord> run) {
	const auto number = merge_runs(run);
	if (!number) return fail(number.error());
	auto insert = database_->prepare("INSERT INTO chunk (hour, activity, run, first, last, count, bytes)"
	                                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
	if (!insert) return fail(insert.error());
	for (std::span<const VolumeRecord> left(run); !left.empty();) {
		const auto chunk = left.first(std::min(left.size(), most_packed_records));
		left = left.subspan(chunk.size());
		const StoredKey17 first(chunk.front().key), last(chunk.back().key);
		const std::string bytes = pack_records(chunk);
		auto done = insert->bind(chunk.front().hour, static_cast<int>(chunk.front().activity), *number, first.blob(), last.blob(),
		                         static_cast<std::int64_t>(chunk.size()), sql::blob_of(bytes)).run();
		if (!done) return done;
	}
	return {};
}

// Takes in the last runs that are not much bigger, and deletes them; the number for the one that comes.
Result<std::int64_t> VolumeTables::merge_runs(std::vector<VolumeRecord>& run) {
	const std::uint32_t hour = run.front().hour;
	const Activity activity = run.front().activity;
	auto find = database_->prepare("SELECT run, sum(count) FROM chunk WHERE hour = ?1 AND activity = ?2"
	                               " GROUP BY run ORDER BY run DESC");
	if (!find) return fail(find.error());
	std::int64_t free = 0; // the number behind the last run that stays
	std::vector<std::int64_t> taken;
	auto count = static_cast<std::int64_t>(run.size());
	bool is_over = false;
	auto done = find->bind(hour, static_cast<int>(activity)).each([&](const sql::Row& row) -> Result<void> {
		if (!is_over && row.integer(1) <= 2 * count && row.integer(1) + count <= most_of_run) {
			taken.push_back(row.integer(0));
			count += row.integer(1);
		} else if (!is_over) {
			is_over = true;
			free = row.integer(0) + 1;
		}
		return {};
	});
	if (!done) return fail(done.error());
	std::vector<VolumeRecord> all;
	for (auto older = taken.rbegin(); older != taken.rend(); ++older)
		if (done = read_run(hour, activity, *older, all); !done) return fail(done.error());
	if (taken.empty()) return free;
	auto gone = forget("DELETE FROM chunk WHERE hour = ?1 AND activity = ?2 AND run >= ?3", hour, static_cast<int>(activity), free);
	if (!gone) return fail(gone.error());
	all.insert(all.end(), run.begin(), run.end());
	keep_latest(all);
	run = std::move(all);
	return free;
}

Result<void> VolumeTables::read_run(std::uint32_t hour, Activity activity, std::int64_t run, std::vector<VolumeRecord>& records) {
	auto find = database_->prepare("SELECT id FROM chunk WHERE hour = ?1 AND activity = ?2 AND run = ?3 ORDER BY first");
	if (!find) return fail(find.error());
	std::vector<std::int64_t> ids;
	auto done = find->bind(hour, static_cast<int>(activity), run).each([&](const sql::Row& row) -> Result<void> {
		ids.push_back(row.integer(0));
		return {};
	});
	if (!done) return done;
	for (const std::int64_t id : ids) {
		const auto chunk = read_chunk(hour, activity, id);
		if (!chunk) return fail(chunk.error());
		records.insert(records.end(), chunk->begin(), chunk->end());
	}
	return {};
}

// One that no gate25 wrote is forgotten, so that the others can still be read.
Result<std::vector<VolumeRecord>> VolumeTables::read_chunk(std::uint32_t hour, Activity activity, std::int64_t id) {
	auto read = database_->prepare("SELECT bytes FROM chunk WHERE id = ?1");
	if (!read) return fail(read.error());
	Result<std::vector<VolumeRecord>> records;
	auto done = read->bind(id).each([&](const sql::Row& row) -> Result<void> {
		const auto blob = row.blob(0);
		records = unpack_records(hour, activity, {reinterpret_cast<const char*>(blob.data()), blob.size()});
		return {};
	});
	if (!done) return fail(done.error());
	if (records) return records;
	warning_ = path_ + ": " + records.error().text + "; some records of " + time_text(UnixTime(std::chrono::hours(hour))) + " are forgotten";
	if (auto gone = forget("DELETE FROM chunk WHERE id = ?1", id); !gone) return fail(gone.error());
	return std::vector<VolumeRecord>();
}

Result<bool> VolumeTables::visit_next_hour(RecordQuery& query, const std::function<void(const VolumeRecord&)>& visit) {
	return on_file([&]() -> Result<bool> {
		auto next = database_->prepare("SELECT min(hour) FROM chunk WHERE hour >= ?1 AND hour <= ?2");
		if (!next) return fail(next.error());
		const auto found = next->bind(query.from, query.to).first_integer();
		if (!found) return fail(found.error());
		if (!*found) return false;
		const auto hour = static_cast<std::uint32_t>(**found);
		for (const Activity activity : all_activities) {
			if (query.activity && activity != *query.activity) continue;
			auto visited = query.key ? visit_one(hour, activity, *query.key, visit) : Merge(*this, hour, activity).run(visit);
			if (!visited) return fail(visited.error());
		}
		query.from = hour + 1;
		return hour < query.to;
	});
}

Result<void> VolumeTables::visit_one(std::uint32_t hour, Activity activity, const VolumeKey& key,
                                     const std::function<void(const VolumeRecord&)>& visit) {
	auto find = database_->prepare("SELECT id FROM chunk WHERE hour = ?1 AND activity = ?2 AND first <= ?3 AND last >= ?3"
	                               " ORDER BY run DESC");
	if (!find) return fail(find.error());
	const StoredKey17 wanted(key);
	std::vector<std::int64_t> ids;
	auto done = find->bind(hour, static_cast<int>(activity), wanted.blob()).each([&](const sql::Row& row) -> Result<void> {
		ids.push_back(row.integer(0));
		return {};
	});
	if (!done) return done;
	for (const std::int64_t id : ids) {
		const auto chunk = read_chunk(hour, activity, id);
		if (!chunk) return fail(chunk.error());
		const auto at = std::ranges::lower_bound(*chunk, key, is_before, &VolumeRecord::key);
		if (at == chunk->end() || at->key != key) continue;
		visit(*at);
		return {};
	}
	return {};
}

} // namespace gate25
