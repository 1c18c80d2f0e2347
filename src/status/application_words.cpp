#include "status/application_words.hpp"

#include <fmt/format.h>

#include "codec/utf8.hpp"
#include "status/words.hpp"

namespace weir::detail::status {

void write_application(JsonWriter& json, const std::optional<ApplicationState>& application) {
  json.name("application");
  if (!application) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("shards", application->shards);
  json.member("of_shards", application->of_shards);
  json.member("keys_taken_over", application->keys);
  json.member("waits_for", application->waits_for.empty()
                               ? std::nullopt
                               : std::optional{codec::repaired_utf8(application->waits_for)});
  json.end_object();
}

std::string application_text(const ApplicationState& application) {
  return fmt::format("{} of {} shards, {} keys taken over", application.shards, application.of_shards,
                     count_text(static_cast<double>(application.keys)));
}

}  // namespace weir::detail::status
