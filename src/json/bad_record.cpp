#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "codec/utf8.hpp"
#include "weir/bad_record.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/io/source_step.hpp"
#include "weir/errors.hpp"
#include "weir/json_lines.hpp"
#include "weir/operators/output.hpp"
#include "weir/operators/routing.hpp"

namespace weir {
namespace {

std::string valid_part(std::string_view text) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::string valid;
  while (true) {
    const std::size_t size = detail::codec::valid_utf8(text);
    valid += text.substr(0, size);
    if (size == text.size()) {
      return valid;
    }
    valid += kReplacement;
    text.remove_prefix(size + 1);
  }
}

/// A shape whose texts may be any bytes.
struct BadRecordShape {
  using Value = BadRecord;
  void read(const JsonValue& /*json*/, BadRecord& /*to*/) const {}
  void write(JsonWriter& json, const BadRecord& bad) const {
    json.begin_object();
    json.member("input", bad.input);
    json.member("error", valid_part(bad.error));
    json.member("record", valid_part(bad.record));
    json.end_object();
  }
};

}  // namespace

OnBadRecord OnBadRecord::parse(const std::string& text) {
  constexpr std::string_view kFile = "file=";
  if (text == "stop") {
    return stop();
  }
  if (text == "skip") {
    return skip();
  }
  if (text.starts_with(kFile) && text.size() > kFile.size()) {
    return file(text.substr(kFile.size()));
  }
  throw UsageError{fmt::format("\"{}\" is no policy for bad records; expected stop, skip or file=PATH", text)};
}

namespace detail::io {

graph::OutputSpec bad_record_output() { return graph::output_of<BadRecord>(); }

// They are counted on their way: a step counts its items.
void keep_bad_records(const std::string& input, const Stream<BadRecord>& bad, const OnBadRecord& policy) {
  const Stream<BadRecord> counted = graph::add_step<BadRecord>(
      input + "_bad", "bad_records", bad, graph::direct_input(bad), nullptr,
      [](graph::OperatorParts& parts) { return graph::make_operator<PassOperator<BadRecord>>(parts); });
  if (policy.action() == OnBadRecord::Action::kFile) {
    counted | op::output(input + "_bad.file", JsonLinesOutput{policy.path(), BadRecordShape{}});
  }
}

}  // namespace detail::io
}  // namespace weir
