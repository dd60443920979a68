// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/text_pool.h"

namespace gate25 {

TextPool::Id TextPool::add(std::string_view text) {
	if (text.empty()) return 0;
	const auto [entry, is_new] = ids_.try_emplace(std::string(text), 0);
	if (!is_new) {
		++slots_[entry->second].users;
		return entry->second;
	}
	if (free_.empty()) {
		entry->second = static_cast<Id>(slots_.size());
		slots_.push_back({&entry->first, 1});
	} else {
		entry->second = free_.back();
		free_.pop_back();
		slots_[entry->second] = {&entry->first, 1};
	}
	return entry->second;
}

void TextPool::release(Id id) {
	if (id == 0 || --slots_[id].users > 0) return;
	ids_.erase(ids_.find(*slots_[id].text));
	slots_[id].text = nullptr;
	free_.push_back(id);
}

} // namespace gate25
