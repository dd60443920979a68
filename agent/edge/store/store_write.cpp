// SPDX-License-Identifier: GPL-2.0-or-later
//
// Group commit: one transaction and one sync for all that wait.
#include "edge/store/store_file.h"

namespace gate25 {

namespace {

tl::unexpected<Error> not_stored(const Error& why) {
	return fail(why.kind, "not stored: " + why.text, why.saved_errno);
}

void fail_all(std::span<PendingCommit> commits, const Error& why) {
	for (PendingCommit& commit : commits) commit.result = not_stored(why);
}

} // namespace

void StoreFile::write(std::span<PendingCommit> commits, std::string& notice) {
	auto written = keep_in_place(notice);
	if (written) written = write_group(commits);
	if (written) written = keep_in_place(notice);
	if (!written) fail_all(commits, written.error());
}

Result<void> StoreFile::write_group(std::span<PendingCommit> commits) {
	database_->clear_fault();
	auto written = write_all(commits);
	// Copying the log into the database lets the log start anew: that may be all the room that is needed.
	if (!written && last_fault() == sql::Fault::disk_full && database_->checkpoint()) {
		database_->clear_fault();
		written = write_all(commits);
	}
	// One of them is refused for what it says, not for the disk: then each for itself.
	if (!written && last_fault() == sql::Fault::row && commits.size() > 1) {
		database_->clear_fault();
		written = write_each(commits);
	}
	return written;
}

Result<void> StoreFile::write_changes(PendingCommit& commit) {
	commit.begun.clear();
	for (const Change& change : commit.changes) {
		auto written = writer_->write(change, commit.begun);
		if (!written) return written;
	}
	return {};
}

Result<void> StoreFile::write_all(std::span<PendingCommit> commits) {
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	for (PendingCommit& commit : commits) {
		auto written = write_changes(commit);
		if (!written) return written;
	}
	return transaction->commit();
}

// Still one transaction: a savepoint keeps each commit whole.
Result<void> StoreFile::write_each(std::span<PendingCommit> commits) {
	auto transaction = sql::Transaction::begin(*database_);
	if (!transaction) return fail(transaction.error());
	for (PendingCommit& commit : commits) {
		auto written = write_savepoint(commit);
		if (!written) return written;
	}
	return transaction->commit();
}

// An error only when the transaction cannot go on.
Result<void> StoreFile::write_savepoint(PendingCommit& commit) {
	auto marked = database_->run("SAVEPOINT one");
	if (!marked) return marked;
	commit.result = write_changes(commit);
	if (!commit.result) {
		if (last_fault() != sql::Fault::row) return commit.result;
		commit.result = not_stored(commit.result.error());
		auto undone = database_->run("ROLLBACK TO one");
		if (!undone) return undone;
		commit.begun.clear();
	}
	return database_->run("RELEASE one");
}

} // namespace gate25
