// SPDX-License-Identifier: GPL-2.0-or-later
#include "edge/http/service.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace gate25 {
namespace {

const char* code_of(unsigned status) {
	switch (status) {
	case 403:
		return "denied";
	case 413:
	case 431:
		return "too_large";
	case 500:
		return "internal";
	case 503:
		return "busy";
	default:
		return "bad_input";
	}
}

} // namespace

HttpResponse http_error(unsigned status, const std::string& message) {
	const boost::json::value body = {{"schema", 1}, {"error", {{"code", code_of(status)}, {"message", message}}}};
	HttpResponse response;
	response.status = status;
	response.body = boost::json::serialize(body);
	return response;
}

} // namespace gate25
