// SPDX-License-Identifier: GPL-2.0-or-later
//
// The SQLite C API with owners and errors. The only place that knows <sqlite3.h>; sqlite_file.cpp has what lies below
// its tables.
#pragma once

#include "core/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace gate25::sql {

// What went wrong, as far as a caller acts on it.
enum class Fault {
	none,
	disk_full,
	read_only, // no permission, or a read-only file system
	disk,      // the disk failed, or refused for another reason
	damaged,   // the file is no (whole) database
	locked,    // another program holds it
	row,       // this row is refused, another one would not be
	known_row, // there is a row with this number
	other
};

class Database;

// A string of bytes that is no text.
inline std::span<const std::uint8_t> blob_of(std::string_view bytes) {
	return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

// The row a statement stands on; valid until its next step.
class Row {
public:
	explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
	bool is_null(int column) const;
	std::int64_t integer(int column) const;
	std::string_view text(int column) const;
	std::span<const std::uint8_t> blob(int column) const;
	std::string bytes(int column) const; // of a blob

private:
	friend class Statement;
	sqlite3_stmt* statement_;
};

class Statement {
public:
	Statement() = default;
	Statement(Statement&&) = default;
	Statement& operator=(Statement&&) = default;

	// Binds all parameters from the first on. Text and blobs must live until the statement has run.
	template <class... Values> Statement& bind(const Values&... values) {
		start();
		(bind_next(values), ...);
		return *this;
	}
	// Binds the columns of a row, of whatever kind they are; all of them, or the first.
	Statement& bind_row(const Row& row, std::optional<std::ptrdiff_t> columns = {});
	// Runs a statement that yields no rows.
	[[nodiscard]] Result<void> run();
	// Runs it to the end; `row` is called for each row and ends it early by returning an error.
	template <class Visit> [[nodiscard]] Result<void> each(Visit&& row) {
		for (;;) {
			auto stepped = step();
			if (!stepped) return fail(stepped.error());
			if (!*stepped) return {};
			Result<void> visited = row(Row(statement_.get()));
			if (!visited) {
				stop();
				return visited;
			}
		}
	}
	// The first column of the first row; nullopt when there is no row or it is NULL.
	[[nodiscard]] Result<std::optional<std::int64_t>> first_integer();

private:
	friend class Database;
	Statement(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}
	void start();
	void stop();
	// true: there is a row; false: the end was reached and the statement is reset.
	Result<bool> step();
	void bind_next(std::int64_t value);
	void bind_next(std::uint64_t value) { bind_next(static_cast<std::int64_t>(value)); }
	void bind_next(unsigned value) { bind_next(static_cast<std::int64_t>(value)); }
	void bind_next(int value) { bind_next(static_cast<std::int64_t>(value)); }
	void bind_next(std::string_view value);
	void bind_next(const std::string& value) { bind_next(std::string_view(value)); }
	void bind_next(std::span<const std::uint8_t> value);
	void bind_next(std::nullopt_t);
	template <class Value> void bind_next(const std::optional<Value>& value) {
		if (value) bind_next(*value);
		else bind_next(std::nullopt);
	}
	void check_bound(int code);

	struct Finalize {
		void operator()(sqlite3_stmt* statement) const noexcept;
	};
	Database* database_ = nullptr;
	std::unique_ptr<sqlite3_stmt, Finalize> statement_;
	int bound_ = 0;
	int bind_failure_ = 0;
};

class Database {
public:
	// An empty file is made when there is none. `directory` is for error texts.
	[[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::string& path,
	                                                            const std::string& directory);
	[[nodiscard]] Result<void> run(const char* script);
	[[nodiscard]] Result<Statement> prepare(std::string_view text);
	[[nodiscard]] Result<std::optional<std::int64_t>> integer(std::string_view query);
	// Looks through the whole file: an error when it is damaged anywhere.
	[[nodiscard]] Result<void> check_whole();
	// Looks through one table and its indices.
	[[nodiscard]] Result<void> check_table(std::string_view name);
	// Copies the log into the database file as far as readers allow. How many pages of the log are left.
	[[nodiscard]] Result<int> checkpoint();
	// The same for all of it, and cuts the log to nothing. ErrorKind::busy: another program reads an older state, or
	// writes; a tenth of a second was waited for it.
	[[nodiscard]] Result<void> empty_log();
	// The file itself, below SQLite: the log is empty, and nobody else writes, since a transaction is open.
	[[nodiscard]] Result<bool> is_log_empty();
	[[nodiscard]] Result<void> read_file(std::int64_t from, std::span<char> bytes);
	[[nodiscard]] Result<void> zero_file(std::int64_t from, std::size_t count);
	[[nodiscard]] Result<void> sync_file();
	// Pages in the log after the last commit.
	int log_pages() const { return log_pages_; }
	bool is_in_transaction() const;
	// By the last statement that changes rows.
	int changed_rows() const;
	// The row id of the last row that was added.
	std::int64_t last_number() const;
	void give_back_memory();

	// Of the last call that failed; stays until clear_fault().
	Fault last_fault() const { return last_fault_; }
	void clear_fault() { last_fault_ = Fault::none; }
	// Also for values that cannot be: a row that no gate25 wrote.
	Error damage(std::string_view what);
	// For a row that SQLite would take.
	Error refuse(std::string_view what);

private:
	friend class Statement;
	friend class Transaction;
	Database(std::string path, std::string directory) : path_(std::move(path)), directory_(std::move(directory)) {}
	Result<void> check_with(std::string_view pragma);
	Error failure(int code);
	Error file_failure(int code);
	std::string failure_text(int system_error, std::string_view message) const;

	struct Close {
		void operator()(sqlite3* database) const noexcept;
	};
	std::string path_;
	std::string directory_;
	std::unique_ptr<sqlite3, Close> handle_;
	Fault last_fault_ = Fault::none;
	int log_pages_ = 0;
};

// Rolls back unless commit() succeeded.
class Transaction {
public:
	[[nodiscard]] static Result<Transaction> begin(Database& database);
	Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
	Transaction& operator=(Transaction&&) = delete;
	~Transaction();
	[[nodiscard]] Result<void> commit();

private:
	explicit Transaction(Database& database) : database_(&database) {}
	Database* database_;
};

} // namespace gate25::sql
