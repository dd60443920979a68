// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/store/volume_file_operation.h"

#include <charconv>
#include <cstring>

namespace gate25 {

namespace {

// A clock that is behind where it was: sums from the future would stay as they are until it has caught up.
constexpr VolumeTime tolerated = 3600;

constexpr std::size_t slice = 5000;
constexpr std::uint32_t day = 24; // hours

// Of the bytes of an entry: they are not parsed, so nothing else would tell that they are damaged.
std::uint64_t checksum(std::string_view bytes) {
	std::uint64_t hash = 0xcbf29ce484222325U; // FNV-1a
	for (const char byte : bytes) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3U;
	return hash;
}

class EntryBytes {
public:
	explicit EntryBytes(const VolumeEntry& entry) {
		std::memcpy(bytes_.data(), &entry, sizeof entry);
		const std::uint64_t sum = checksum({bytes_.data(), sizeof entry});
		std::memcpy(bytes_.data() + sizeof entry, &sum, sizeof sum);
	}
	std::span<const std::uint8_t> blob() const { return sql::blob_of({bytes_.data(), bytes_.size()}); }
	static std::optional<VolumeEntry> read(std::span<const std::uint8_t> blob) {
		VolumeEntry entry;
		std::uint64_t sum = 0;
		if (blob.size() != sizeof entry + sizeof sum) return std::nullopt;
		std::memcpy(&sum, blob.data() + sizeof entry, sizeof sum);
		if (sum != checksum({reinterpret_cast<const char*>(blob.data()), sizeof entry})) return std::nullopt;
		std::memcpy(&entry, blob.data(), sizeof entry);
		return entry;
	}

private:
	std::array<char, sizeof(VolumeEntry) + sizeof(std::uint64_t)> bytes_{};
};

std::optional<VolumeKey> user_key(std::span<const std::uint8_t> blob) {
	std::array<std::uint8_t, 16> bytes{};
	if (blob.size() != bytes.size()) return std::nullopt;
	std::ranges::copy(blob, bytes.begin());
	return VolumeKey::from_bytes(bytes, 255);
}

template <class Value> std::span<const Value> take(std::span<const Value>& values) {
	const auto first = values.first(std::min(values.size(), slice));
	values = values.subspan(first.size());
	return first;
}

} // namespace

Result<void> VolumeTables::save(std::span<const VolumeEntry> entries, std::span<const VolumeUser> users) {
	do {
		const auto some = take(entries);
		const auto some_users = take(users);
		auto saved = on_file([&] { return save_slice(some, some_users); });
		if (!saved) return saved;
		tidy();
	} while (!entries.empty() || !users.empty());
	return {};
}

Result<void> VolumeTables::save_slice(std::span<const VolumeEntry> entries, std::span<const VolumeUser> users) {
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	auto entry = database_->prepare("INSERT INTO entry (activity, kind, key, last, bytes) VALUES (?1, ?2, ?3, ?4, ?5)"
	                                " ON CONFLICT (kind, key, activity) DO UPDATE SET last = ?4, bytes = ?5");
	if (!entry) return fail(entry.error());
	for (const VolumeEntry& one : entries) {
		newest_ = std::max(newest_, one.last());
		const EntryBytes bytes(one);
		auto done = entry->bind(static_cast<int>(one.activity()), static_cast<unsigned>(one.key().kind()),
		                        std::span<const std::uint8_t>(one.key().bytes()), one.last(), bytes.blob()).run();
		if (!done) return done;
	}
	auto user = database_->prepare("INSERT INTO user (key, name, seen) VALUES (?1, ?2, ?3)"
	                               " ON CONFLICT (key) DO UPDATE SET name = ?2, seen = max(seen, ?3)");
	if (!user) return fail(user.error());
	for (const VolumeUser& one : users) {
		auto done = user->bind(std::span<const std::uint8_t>(one.key.bytes()), one.name, newest_ / 3600).run();
		if (!done) return done;
	}
	return transaction->commit();
}

Result<void> VolumeTables::load(VolumeTime now, const std::function<void(const VolumeEntry&)>& entry,
                                const std::function<void(VolumeUser)>& user) {
	newest_ = std::max(newest_, now);
	return on_file([&]() -> Result<void> {
		auto loaded = load_entries(now, entry);
		return loaded ? load_users(user) : loaded;
	});
}

Result<void> VolumeTables::load_entries(VolumeTime now, const std::function<void(const VolumeEntry&)>& visit) {
	auto read = database_->prepare("SELECT id, activity, kind, key, bytes FROM entry");
	if (!read) return fail(read.error());
	std::vector<std::int64_t> damaged;
	auto done = read->each([&](const sql::Row& row) -> Result<void> {
		const auto entry = EntryBytes::read(row.blob(4));
		const bool is_right = entry && static_cast<std::int64_t>(entry->activity()) == row.integer(1) &&
		                      entry->key().kind() == row.integer(2) && std::ranges::equal(entry->key().bytes(), row.blob(3));
		if (!is_right) damaged.push_back(row.integer(0));
		else if (!entry->is_over(now) && entry->last() <= now + tolerated) visit(*entry);
		return {};
	});
	if (!done || damaged.empty()) return done;
	warning_ = "the sums of " + std::to_string(damaged.size()) + " in " + path_ + " are damaged and counted anew";
	for (const std::int64_t id : damaged)
		if (auto gone = forget("DELETE FROM entry WHERE id = ?1", id); !gone) return fail(gone.error());
	return {};
}

Result<std::uint64_t> VolumeTables::secret() {
	return on_file([&]() -> Result<std::uint64_t> {
		std::uint64_t secret = 0;
		auto read = database_->prepare("SELECT value FROM meta WHERE name = 'secret'");
		if (!read) return fail(read.error());
		auto done = read->each([&](const sql::Row& row) -> Result<void> {
			const std::string_view digits = row.text(0);
			std::from_chars(digits.data(), digits.data() + digits.size(), secret, 16);
			return {};
		});
		if (!done) return fail(done.error());
		return secret;
	});
}

Result<void> VolumeTables::load_users(const std::function<void(VolumeUser)>& visit) {
	auto read = database_->prepare("SELECT key, name FROM user");
	if (!read) return fail(read.error());
	return read->each([&](const sql::Row& row) -> Result<void> {
		const auto key = user_key(row.blob(0));
		if (key) visit({*key, std::string(row.text(1))});
		return {};
	});
}

Result<std::vector<VolumeUser>> VolumeTables::users() {
	return on_file([&]() -> Result<std::vector<VolumeUser>> {
		std::vector<VolumeUser> users;
		auto done = load_users([&](VolumeUser user) { users.push_back(std::move(user)); });
		if (!done) return fail(done.error());
		return users;
	});
}

// Their names are kept as long as their records: once a day suffices.
Result<void> VolumeTables::remember_users(std::span<const VolumeRecord> records) {
	auto seen = database_->prepare("UPDATE user SET seen = ?2 WHERE key = ?1 AND seen + ?3 <= ?2");
	if (!seen) return fail(seen.error());
	for (const VolumeRecord& one : records) {
		if (!one.key.is_user()) continue;
		auto done = seen->bind(std::span<const std::uint8_t>(one.key.bytes()), one.hour, day).run();
		if (!done) return done;
	}
	return {};
}

} // namespace gate25
