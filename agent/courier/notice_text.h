// SPDX-License-Identifier: GPL-2.0-or-later
//
// The facts of a notice as what its texts are filled with. gate25-notices(7) lists the names.
#pragma once

#include "core/config_subscribers.h"
#include "courier/template.h"

#include <boost/json/object.hpp>

namespace gate25 {

const TemplateNames& notice_names();
TemplateValues notice_values(const boost::json::object& facts, const NoticeRules& rules);

} // namespace gate25
