// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/volume_blob.h"

#include <algorithm>
#include <limits>

namespace gate25 {

namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint8_t version = 1;
constexpr std::uint8_t first_ipv6_kind = 64; // and the length
constexpr unsigned user_bytes = 16;

// A subscriber's number among all prefixes of his length.
unsigned key_bits(std::uint8_t kind) { return kind < first_ipv6_kind ? kind : kind - first_ipv6_kind; }

Wide number_of(const VolumeKey& key) {
	const std::size_t bytes = key.kind() < first_ipv6_kind ? 4 : 16;
	Wide number = 0;
	for (std::size_t i = 0; i < bytes; ++i) number = number << 8U | key.bytes()[i];
	const auto host_bits = static_cast<unsigned>(bytes * 8) - key_bits(key.kind());
	return host_bits >= 128 ? 0 : number >> host_bits;
}

std::optional<VolumeKey> key_of(Wide number, std::uint8_t kind) {
	const std::size_t bytes = kind < first_ipv6_kind ? 4 : 16;
	const auto host_bits = static_cast<unsigned>(bytes * 8) - key_bits(kind);
	number = host_bits >= 128 ? 0 : number << host_bits;
	std::array<std::uint8_t, 16> text{};
	for (std::size_t i = bytes; i-- > 0; number >>= 8U) text[i] = static_cast<std::uint8_t>(number);
	return VolumeKey::from_bytes(text, kind);
}

std::uint32_t zigzag(int number) { return static_cast<std::uint32_t>(number < 0 ? -2 * number - 1 : 2 * number); }
int unzigzag(std::uint32_t number) {
	const int half = static_cast<int>(number / 2);
	return number % 2 == 0 ? half : -half - 1;
}

void put(std::string& out, Wide number) {
	for (; number >= 0x80; number >>= 7U) out += static_cast<char>(0x80U | static_cast<unsigned>(number & 0x7fU));
	out += static_cast<char>(number);
}

void put_peaks(std::string& out, const std::array<std::uint16_t, 3>& peaks) {
	put(out, peaks[0]);
	for (std::size_t i = 1; i < peaks.size(); ++i) put(out, zigzag(peaks[i] - peaks[i - 1]));
}

void put_group(std::string& out, std::span<const VolumeRecord> group) {
	const std::uint8_t kind = group.front().key.kind();
	out += static_cast<char>(kind);
	put(out, group.size());
	Wide next = 0; // the lowest number that can come
	for (const VolumeRecord& record : group) {
		if (record.key.is_user()) {
			out.append(reinterpret_cast<const char*>(record.key.bytes().data()), user_bytes);
		} else {
			const Wide number = number_of(record.key);
			put(out, number - next);
			next = number + 1;
		}
		put(out, record.events);
		put(out, record.refused);
		put_peaks(out, record.peaks.first);
		put_peaks(out, record.peaks.second);
	}
}

// Every error stays; what is read after it is of no use.
class BlobReader {
public:
	BlobReader(std::uint32_t hour, Activity activity, std::string_view left) : hour_(hour), activity_(activity), left_(left) {}
	Result<std::vector<VolumeRecord>> read() {
		if (byte() != version) refuse("its version is not 1");
		if (left_.empty()) refuse("it is empty");
		while (!left_.empty() && problem_ == nullptr) group();
		if (problem_ != nullptr) return fail(ErrorKind::storage, std::string("a blob of records is damaged: ") + problem_);
		return std::move(records_);
	}

private:
	void refuse(const char* problem) {
		if (problem_ == nullptr) problem_ = problem;
	}
	std::uint8_t byte() {
		if (left_.empty()) {
			refuse("it ends too early");
			return 0;
		}
		const auto first = static_cast<std::uint8_t>(left_.front());
		left_.remove_prefix(1);
		return first;
	}
	Wide number(Wide most);
	template <class Number> Number number() { return static_cast<Number>(number(std::numeric_limits<Number>::max())); }
	void group();
	VolumeKey user();
	VolumeKey subscriber(std::uint8_t kind, Wide& next, bool& is_full);
	void peaks(std::array<std::uint16_t, 3>& peaks);

	std::uint32_t hour_;
	Activity activity_;
	std::string_view left_;
	const char* problem_ = nullptr;
	std::vector<VolumeRecord> records_;
};

// The shortest spelling only, so that the same records are always the same bytes.
Wide BlobReader::number(Wide most) {
	Wide value = 0;
	for (unsigned shift = 0; problem_ == nullptr; shift += 7) {
		const std::uint8_t next = byte();
		const Wide bits = next & 0x7fU;
		if (shift > 126 || (shift > 0 && next == 0) || bits << shift >> shift != bits) refuse("a number has too many bytes");
		else value |= bits << shift;
		if (next < 0x80) break;
	}
	if (value > most) refuse("a number is too big");
	return problem_ == nullptr ? value : 0; // so that callers can reckon with it
}

VolumeKey BlobReader::user() {
	std::array<std::uint8_t, user_bytes> bytes{};
	for (std::uint8_t& one : bytes) one = byte();
	const auto key = VolumeKey::from_bytes(bytes, 255);
	if (!records_.empty() && records_.back().key.is_user() && !is_before(records_.back().key, *key)) refuse("users do not rise");
	return *key;
}

VolumeKey BlobReader::subscriber(std::uint8_t kind, Wide& next, bool& is_full) {
	const unsigned bits = key_bits(kind);
	const Wide most = bits == 128 ? ~Wide{0} : (Wide{1} << bits) - 1;
	const Wide distance = is_full ? 0 : number(most - next);
	if (is_full) refuse("there are more keys than there can be");
	const Wide number = next + distance;
	is_full = number == most;
	next = number + 1;
	const auto key = key_of(number, kind);
	if (!key) refuse("a key is none");
	return key.value_or(VolumeKey());
}

void BlobReader::peaks(std::array<std::uint16_t, 3>& peaks) {
	int peak = number<std::uint16_t>();
	peaks[0] = static_cast<std::uint16_t>(peak);
	for (std::size_t i = 1; i < peaks.size(); ++i) {
		peak += unzigzag(static_cast<std::uint32_t>(number(2 * 0xffff)));
		if (peak < 0 || peak > 0xffff) refuse("a peak is out of range");
		peaks[i] = static_cast<std::uint16_t>(peak);
	}
}

void BlobReader::group() {
	const std::uint8_t kind = byte();
	const bool is_user = kind == 255;
	if (!is_user && kind > 32 && (kind < first_ipv6_kind || kind > first_ipv6_kind + 128)) refuse("there is no such kind of key");
	if (!records_.empty() && kind <= records_.back().key.kind()) refuse("the kinds do not rise");
	const auto count = static_cast<std::size_t>(number(most_packed_records));
	if (count == 0 || count + records_.size() > most_packed_records) refuse("the number of its records is wrong");
	Wide next = 0;
	bool is_full = false;
	for (std::size_t i = 0; i < count && problem_ == nullptr; ++i) {
		VolumeRecord record;
		record.hour = hour_;
		record.activity = activity_;
		record.key = is_user ? user() : subscriber(kind, next, is_full);
		record.events = number<std::uint32_t>();
		record.refused = number<std::uint32_t>();
		peaks(record.peaks.first);
		peaks(record.peaks.second);
		records_.push_back(record);
	}
}

} // namespace

bool is_before(const VolumeKey& a, const VolumeKey& b) {
	return a.kind() != b.kind() ? a.kind() < b.kind() : a.bytes() < b.bytes();
}

std::string pack_records(std::span<const VolumeRecord> records) {
	std::string out(1, static_cast<char>(version));
	while (!records.empty()) {
		const std::uint8_t kind = records.front().key.kind();
		const auto end = std::ranges::find_if(records, [&](const VolumeRecord& one) { return one.key.kind() != kind; });
		const auto length = static_cast<std::size_t>(end - records.begin());
		put_group(out, records.first(length));
		records = records.subspan(length);
	}
	return out;
}

Result<std::vector<VolumeRecord>> unpack_records(std::uint32_t hour, Activity activity, std::string_view blob) {
	return BlobReader(hour, activity, blob).read();
}

} // namespace gate25
