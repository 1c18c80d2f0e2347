#include "coordinator/json_line.hpp"

#include "codec/utf8.hpp"
#include "weir/json.hpp"

namespace weir::detail::coordinator {
namespace {

std::string utf8_of(std::string_view bytes) {
  std::string text;
  while (true) {
    const std::size_t valid = codec::valid_utf8(bytes);
    text += bytes.substr(0, valid);
    if (valid == bytes.size()) {
      return text;
    }
    text += "\xEF\xBF\xBD";
    bytes.remove_prefix(valid + 1);
  }
}

}  // namespace

std::string json_line(std::chrono::system_clock::time_point time, std::string_view level, std::string_view dataflow,
                      std::string_view message) {
  std::string line;
  JsonWriter json{line};
  json.begin_object();
  json.member("time", std::chrono::floor<std::chrono::microseconds>(time));
  json.member("level", level);
  json.member("dataflow", utf8_of(dataflow));
  json.member("message", utf8_of(message));
  json.end_object();
  return line + '\n';
}

}  // namespace weir::detail::coordinator
