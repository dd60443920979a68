// SPDX-License-Identifier: GPL-2.0-or-later
//
// Subscribers and notices to them, into rows.
#include "core/subscriber_key.h"
#include "core/text.h"
#include "edge/store/row_writer.h"
#include "edge/store/schema.h"
#include "edge/store/stored_time.h"

namespace gate25 {

// A name that could not be read again is refused here: at the next start it would be damage. So is a second name with
// the key of another one, since all that stands under the key would become his.
Result<bool> RowWriter::write_row(const Subscriber& subscriber) {
	auto name = parse_subscriber_id(subscriber.id);
	if (!name) return fail(database_->refuse(name.error().text));
	const std::uint64_t key = subscriber_bits(subscriber_key(subscriber.id));
	for (sql::Statement* statement : {&change_subscriber_, &add_subscriber_}) {
		auto ran = statement->bind(key, subscriber.id, subscriber.mail, subscriber.language).run();
		if (!ran) return fail(ran.error());
		if (database_->changed_rows() > 0) return statement == &add_subscriber_;
	}
	return fail(database_->refuse("the subscriber " + quoted(subscriber.id) +
	                              " has the same key as another one that is known; one of the two needs another name"));
}

// The body is written once; what becomes of the notice afterwards leaves it alone.
Result<bool> RowWriter::write_row(const Notice& notice) {
	const Prefix& subject = notice.subject;
	auto is_new = notice_.write(notice.id, family_number(subject.family()), subject.address().bytes(), subject.length(),
	                            unix_seconds(notice.made), unix_seconds(notice.ended), unix_seconds(notice.due),
	                            notice.decision, notice.tries, notice_text(notice.kind), notice_state_text(notice.state),
	                            notice.channel, notice.to, notice.code, notice.problem);
	if (!is_new || !*is_new) return is_new;
	auto ran = notice_body_.bind(notice.id, notice.body).run();
	if (!ran) return fail(ran.error());
	return true;
}

} // namespace gate25
