// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/import_report.h"

#include "cli/text.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <ostream>

namespace json = boost::json;

namespace gate25::cli {

ImportReport::ImportReport(const Call& call, std::string file, std::uint64_t bytes)
    : screen_(call.screen),
      json_(call.json),
      file_(clean(file)),
      line_(call.screen) {
	progress_.bytes = bytes;
}

void ImportReport::refuse(const RefusedLine& refused) {
	line_.clear();
	++progress_.refused;
	if (json_) {
		screen_.out << (progress_.refused == 1 ? R"({"schema":1,"refused":[)" : ",")
		            << json::serialize(json::object{{"line", refused.line}, {"message", refused.message}});
	} else {
		screen_.err << fmt::format("{}:{}: {}\n", file_, refused.line, refused.message);
	}
}

void ImportReport::progress(std::uint64_t bytes_read) {
	progress_.bytes_read = bytes_read;
	line_.show(progress_);
}

std::string ImportReport::sum() const {
	return fmt::format("{} accepted, {} refused", grouped(progress_.accepted), grouped(progress_.refused));
}

void ImportReport::end_json(const Failure* failure) {
	if (progress_.refused == 0) screen_.out << R"({"schema":1,"refused":[)";
	screen_.out << fmt::format(R"(],"accepted":{})", progress_.accepted);
	if (failure != nullptr) {
		screen_.out << R"(,"error":)"
		            << json::serialize(json::object{{"code", failure->code}, {"message", failure->message}});
	}
	screen_.out << "}\n";
}

int ImportReport::end() {
	line_.clear();
	if (json_) {
		end_json(nullptr);
	} else {
		screen_.out << sum() << ".\n";
	}
	return progress_.refused > 0 ? failed : done;
}

int ImportReport::stop(const Failure& failure, std::size_t lines_read) {
	line_.clear();
	if (json_) {
		end_json(&failure);
	} else {
		screen_.err << fmt::format("gate25: stopped at line {}: {}\n", lines_read, failure.message);
		screen_.out << sum() << " before that.\n";
	}
	return failure.exit;
}

} // namespace gate25::cli
