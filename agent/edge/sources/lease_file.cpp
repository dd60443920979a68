// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/sources/lease_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace gate25 {
namespace {

constexpr std::size_t longest_line = std::size_t{16} << 10U;
constexpr std::size_t read_at_once = std::size_t{32} << 10U; // some 350 leases
constexpr unsigned longest_settling = 10;                    // times the time to settle: who never stops writing is read too
constexpr std::array<std::string_view, 3> cleaned_up{".completed", ".2", ".1"};

bool is_same_file(const struct stat& one, const struct stat& other) {
	return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool is_same_content(const struct stat& one, const struct stat& other) {
	return is_same_file(one, other) && one.st_size == other.st_size && one.st_mtim.tv_sec == other.st_mtim.tv_sec &&
	       one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

} // namespace

LeaseFile::LeaseFile(Loop& loop, LeaseFileOptions options, std::unique_ptr<LeaseReader> reader)
    : loop_(loop), options_(std::move(options)), reader_(std::move(reader)), buffer_(longest_line) {
	const auto slash = options_.path.rfind('/');
	directory_ = slash == 0 ? "/" : options_.path.substr(0, slash);
	base_ = options_.path.substr(slash + 1);
	looking_ = loop_.every(options_.look, [this] { look(); });
	watch_directory();
	wake(Milliseconds(0));
}

LeaseFile::~LeaseFile() = default;

// Without it the file is still looked at now and then.
void LeaseFile::watch_directory() {
	if (directory_watch_ >= 0) return;
	if (!notices_.is_open()) {
		notices_ = Descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
		if (!notices_.is_open()) return;
		auto watch = loop_.watch_readable(notices_.get(), [this] { read_notices(); });
		if (watch) readable_ = std::move(*watch);
	}
	directory_watch_ = ::inotify_add_watch(notices_.get(), directory_.c_str(),
	                                       IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR);
}

bool LeaseFile::is_one_of_ours(std::string_view name) const {
	if (!name.starts_with(base_)) return false;
	name.remove_prefix(base_.size());
	if (name.empty()) return true;
	return options_.is_journal && std::find(cleaned_up.begin(), cleaned_up.end(), name) != cleaned_up.end();
}

void LeaseFile::read_notices() {
	alignas(inotify_event) std::array<char, 4096> bytes;
	bool is_ours = false;
	const auto size = ::read(notices_.get(), bytes.data(), bytes.size());
	for (ssize_t at = 0; at < size;) {
		inotify_event event;
		std::memcpy(&event, bytes.data() + at, sizeof event);
		const char* name = bytes.data() + at + sizeof event;
		if ((event.mask & IN_IGNORED) != 0 && event.wd == directory_watch_) directory_watch_ = -1;
		is_ours = is_ours || (event.mask & (IN_Q_OVERFLOW | IN_IGNORED)) != 0 ||
		          (event.len > 0 && is_one_of_ours(std::string_view(name, ::strnlen(name, event.len))));
		at += static_cast<ssize_t>(sizeof event + event.len);
	}
	if (!is_ours) return;
	is_dirty_ = true;
	if (state_ == State::idle) settle();
	else if (state_ == State::journal && !is_busy_) proceed();
}

// Who is writing shall have ended before we read.
void LeaseFile::settle() {
	const auto now = std::chrono::steady_clock::now();
	if (!settling_since_) settling_since_ = now;
	if (now - *settling_since_ < options_.settle * longest_settling) wake(options_.settle);
}

void LeaseFile::wake(Milliseconds delay) {
	waking_ = loop_.after(delay, [this] { proceed(); });
}

void LeaseFile::restart() {
	state_ = State::idle;
	parts_.clear();
	is_dirty_ = true;
	if (!is_busy_) wake(Milliseconds(0));
}

void LeaseFile::look() {
	watch_directory();
	if (is_busy_ || state_ == State::picture) return;
	if (state_ == State::journal) return proceed();
	struct stat now {};
	if (!has_read_ || ::stat(options_.path.c_str(), &now) != 0 || !is_same_content(now, read_)) {
		is_dirty_ = true;
		settle();
	} else if (options_.speaks_when_quiet) {
		hand_over({});
	}
}

void LeaseFile::proceed() {
	if (is_busy_) return;
	if (state_ == State::picture) return read_picture();
	if (state_ == State::journal) return follow();
	settling_since_.reset();
	if (std::exchange(is_dirty_, false) && open_parts()) read_picture();
}

// Of a journal all are opened before any is looked at again, so that a cleaning-up in between is seen.
bool LeaseFile::open_parts() {
	parts_.clear();
	has_read_ = false;
	std::vector<std::string> absent;
	const auto add = [&](const std::string& path) {
		Part part{path, Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)), {}};
		if (!part.fd.is_open() && errno == ENOENT) return absent.push_back(path), 0;
		if (!part.fd.is_open() || ::fstat(part.fd.get(), &part.begun) != 0) return errno;
		if (!S_ISREG(part.begun.st_mode)) return EINVAL;
		parts_.push_back(std::move(part));
		return 0;
	};
	const bool is_journal = options_.is_journal;
	int error = is_journal ? add(options_.path + ".completed") : 0;
	if (is_journal && parts_.empty())
		for (const char* suffix : {".2", ".1"})
			if (error == 0) error = add(options_.path + suffix);
	if (error == 0) error = add(options_.path);
	if (error == 0 && !absent.empty() && absent.back() == options_.path) error = ENOENT;
	if (error != 0) {
		give_up(fmt::format("cannot read {}: {}", options_.path, error == EINVAL ? "it is no plain file" : std::strerror(error)));
		return false;
	}
	struct stat now {};
	bool is_still = true;
	for (const Part& part : parts_) is_still = is_still && ::stat(part.path.c_str(), &now) == 0 && is_same_file(now, part.begun);
	for (const std::string& path : absent) is_still = is_still && ::stat(path.c_str(), &now) != 0;
	if (!is_still) { // in a moment it is over
		parts_.clear();
		is_dirty_ = true;
		wake(options_.settle);
		return false;
	}
	state_ = State::picture;
	begins_ = true;
	begin_part();
	return true;
}

void LeaseFile::begin_part() {
	part_path_ = parts_.front().path;
	line_ = 0;
	buffer_ = LineBuffer(longest_line);
	reader_->begin();
}

// nullopt: it cannot be read; 0: the end.
std::optional<std::size_t> LeaseFile::read_chunk(LeasePiece& piece) {
	std::array<char, read_at_once> bytes;
	const auto size = ::read(parts_.front().fd.get(), bytes.data(), bytes.size());
	if (size < 0 && errno != EINTR) {
		give_up(fmt::format("cannot read {}: {}", part_path_, std::strerror(errno)));
		return std::nullopt;
	}
	if (size > 0) buffer_.feed({bytes.data(), static_cast<std::size_t>(size)});
	read_lines(piece);
	return size < 0 ? 1 : static_cast<std::size_t>(size);
}

void LeaseFile::read_lines(LeasePiece& piece) {
	const std::string text = buffer_.take(longest_line + read_at_once);
	const auto bad = [&](std::uint64_t count, const std::string& why) {
		if (piece.bad == 0) piece.problem = fmt::format("{}:{}: {}", part_path_, line_, why);
		piece.bad += count;
	};
	for (std::string_view rest = text; !rest.empty();) {
		const auto end = rest.find('\n');
		++line_;
		auto lease = reader_->read(rest.substr(0, end));
		if (!lease) bad(1, lease.error().text);
		else if (*lease) piece.leases.push_back(std::move(**lease));
		rest.remove_prefix(end + 1);
	}
	const auto too_long = buffer_.take_too_long();
	line_ += too_long; // somewhere among them
	if (too_long > 0) bad(too_long, fmt::format("the line has more than {} bytes", longest_line));
}

void LeaseFile::read_picture() {
	LeasePiece piece;
	const auto size = read_chunk(piece);
	if (!size) return;
	if (*size == 0 && !end_part(piece)) return;
	piece.begins = std::exchange(begins_, false);
	hand_over(std::move(piece));
}

bool LeaseFile::has_changed(const Part& part) const {
	struct stat there {}, now {};
	return ::fstat(part.fd.get(), &now) != 0 || !is_same_content(now, part.begun) || ::stat(part.path.c_str(), &there) != 0 ||
	       !is_same_file(there, now);
}

// False: it was half a picture, and nothing is to be told of it.
bool LeaseFile::end_part(LeasePiece& piece) {
	const bool is_last = parts_.size() == 1;
	if (options_.is_journal && is_last) { // what it ends with may be half a line that is being written
		state_ = State::journal;
		piece.is_whole = true;
		return true;
	}
	const bool is_half_line = buffer_.has_part();
	buffer_.end();
	if (options_.is_journal) { // a server that died within a line
		read_lines(piece);
		parts_.pop_front();
		begin_part();
		return true;
	}
	const Part& part = parts_.front();
	if (has_changed(part)) {
		parts_.clear();
		state_ = State::idle;
		is_dirty_ = true;
		settle();
		return false;
	}
	if (is_half_line || part.begun.st_size == 0) {
		give_up(fmt::format("{} {}, so it may be half written: nothing is made of it", part_path_,
		                    is_half_line ? "ends without a newline" : "is empty"));
		return false;
	}
	read_ = part.begun;
	has_read_ = true;
	parts_.clear();
	state_ = State::idle;
	piece.is_whole = true;
	return true;
}

void LeaseFile::follow() {
	LeasePiece piece;
	is_dirty_ = false;
	const auto size = read_chunk(piece);
	if (!size) return;
	if (!piece.leases.empty() || piece.bad > 0) return hand_over(std::move(piece));
	if (*size > 0) return wake(Milliseconds(0));
	struct stat there {}, now {};
	const Part& part = parts_.front();
	const auto place = ::lseek(part.fd.get(), 0, SEEK_CUR);
	const bool is_same = ::fstat(part.fd.get(), &now) == 0 && ::stat(options_.path.c_str(), &there) == 0 && is_same_file(there, now);
	if (!is_same || now.st_size < place) restart();
}

void LeaseFile::hand_over(LeasePiece piece) {
	is_busy_ = true;
	options_.handler(std::move(piece), [this, alive = std::weak_ptr(alive_)] {
		if (alive.expired()) return;
		loop_.post([this, alive] {
			if (!alive.expired()) taken();
		});
	});
}

void LeaseFile::taken() {
	is_busy_ = false;
	if (state_ != State::idle) return proceed();
	if (is_dirty_) settle();
}

// It is tried again when something changes, and now and then.
void LeaseFile::give_up(const std::string& problem) {
	parts_.clear();
	state_ = State::idle;
	LeasePiece piece;
	piece.problem = problem;
	hand_over(std::move(piece));
}

} // namespace gate25
