// Decodes arbitrary bytes. What decodes must encode to bytes that decode to the same value.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "weir/serialize.hpp"

namespace {

struct Point {
  std::int32_t x;
  std::int32_t y;
};

class WithMember {
 public:
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(text_, flag_);
  }

 private:
  std::string text_;
  bool flag_ = false;
};

struct Rich {
  std::vector<std::variant<std::monostate, Point, std::string, std::vector<std::string>>> any;
  std::map<std::string, std::pair<std::uint8_t, std::optional<WithMember>>> named;
  std::vector<std::vector<Point>> points;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  Rich value;
  try {
    value = weir::detail::from_bytes<Rich>({reinterpret_cast<const char*>(data), size});
  } catch (const weir::DecodeError&) {
    return 0;
  }
  const std::string once = weir::detail::to_bytes(value);
  const std::string twice = weir::detail::to_bytes(weir::detail::from_bytes<Rich>(once));
  if (once != twice) {
    std::abort();
  }
  return 0;
}
