// SPDX-License-Identifier: GPL-2.0-or-later
//
// For tests of what befalls a store: a small disk, rows to fill it with, a look at the bytes.
#pragma once

#include "store_fixture.h"

#include <fstream>
#include <sys/mount.h>

namespace gate25::test {

// One MiB of disk; needs root.
class TinyDisk {
public:
	TinyDisk() {
		is_mounted_ = mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=1m,mode=0700") == 0;
	}
	~TinyDisk() {
		if (is_mounted_) umount2(directory_.path().c_str(), MNT_DETACH);
	}
	bool is_mounted() const { return is_mounted_; }
	const std::string& path() const { return directory_.path(); }
	void fill() const {
		std::ofstream file(path() + "/ballast", std::ios::binary | std::ios::app);
		const std::string block(4096, 'x');
		while (file.write(block.data(), 4096).flush()) {}
	}
	void make_room() const { std::filesystem::remove(path() + "/ballast"); }

private:
	TemporaryDirectory directory_;
	bool is_mounted_ = false;
};

inline Quarantine numbered(std::uint64_t id) {
	Quarantine made = quarantine(id, "100.64.0.7");
	made.prefix = Prefix::host(Address::ipv4(static_cast<std::uint32_t>(0x64400000 + id)));
	made.reason = std::string(2000, 'r');
	return made;
}

inline bool contains(const std::string& text, std::string_view part) {
	return text.find(part) != std::string::npos;
}

inline std::string bytes_of(const std::string& path) {
	std::ifstream file(path, std::ios::binary);
	return {std::istreambuf_iterator<char>(file), {}};
}

inline void store_some(const TemporaryDirectory& directory, std::uint64_t count) {
	OpenStore open(directory.path());
	std::vector<Change> changes;
	for (std::uint64_t id = 1; id <= count; ++id) changes.push_back(numbered(id));
	REQUIRE(open.commit(std::move(changes)).has_value());
}

// In the file's own order of bytes; the page that the table or index begins at.
inline std::size_t root_page(const TemporaryDirectory& directory, const std::string& name) {
	auto database = sql::Database::open(directory.database(), directory.path());
	REQUIRE(database.has_value());
	auto page = (*database)->integer("SELECT rootpage FROM sqlite_schema WHERE name = '" + name + "'");
	REQUIRE(page.has_value());
	REQUIRE(page->has_value());
	return static_cast<std::size_t>(**page);
}

inline void overwrite(const TemporaryDirectory& directory, std::size_t page) {
	std::string bytes = bytes_of(directory.database());
	REQUIRE(bytes.size() >= page * 4096);
	bytes.replace((page - 1) * 4096, 4096, 4096, '\x5a');
	std::ofstream(directory.database(), std::ios::binary) << bytes;
}

// The root of a tree that has more than one page says where its last one is.
inline std::size_t last_page(const TemporaryDirectory& directory, const std::string& name) {
	const std::string bytes = bytes_of(directory.database());
	const std::size_t pointer = (root_page(directory, name) - 1) * 4096 + 8;
	std::size_t page = 0;
	for (std::size_t i = 0; i < 4; ++i) page = page << 8U | static_cast<unsigned char>(bytes[pointer + i]);
	return page;
}

} // namespace gate25::test
