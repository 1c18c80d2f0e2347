#include "json/structurals.hpp"

#include <algorithm>
#include <new>

#include <fmt/format.h>
#include <simdjson.h>

namespace weir::detail::json {
namespace {

constexpr std::size_t kLeastBytes = std::size_t{16} << 10;

}  // namespace

Structurals::Structurals() = default;
Structurals::~Structurals() = default;

bool Structurals::find(std::string_view text) {
  if (stages_ == nullptr || stages_->capacity() < text.size()) {
    const std::size_t bytes = std::max(text.size() + text.size() / 2, kLeastBytes);
    // The depth is that of the second stage.
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(bytes, 1, stages_) !=
        simdjson::SUCCESS) {
      throw std::bad_alloc{};
    }
  }
  return stages_->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                         simdjson::stage1_mode::regular) == simdjson::SUCCESS;
}

const std::uint32_t* Structurals::offsets() const noexcept { return stages_->structural_indexes.get(); }

struct Unescaped::Parser {
  simdjson::ondemand::parser parser;
};

Unescaped::Unescaped() = default;
Unescaped::~Unescaped() = default;

void Unescaped::clear(std::size_t bytes) {
  if (parser_ == nullptr) {
    parser_ = std::make_unique<Parser>();
    if (parser_->parser.allocate(0) != simdjson::SUCCESS) {
      throw std::bad_alloc{};
    }
  }
  const std::size_t room = bytes + 2 * simdjson::SIMDJSON_PADDING;
  if (texts_.size() < room) {
    texts_.resize(2 * room);
    escaped_.resize(2 * room);
  }
  next_ = texts_.data();
}

std::optional<std::string_view> Unescaped::add(std::string_view text) {
  std::ranges::copy(text, escaped_.begin());
  escaped_[text.size()] = '"';
  std::string_view result;
  if (parser_->parser.unescape(simdjson::ondemand::raw_json_string{escaped_.data()}, next_).get(result) !=
      simdjson::SUCCESS) {
    return std::nullopt;
  }
  return result;
}

std::string simdjson_version() {
  return fmt::format("{}.{}.{}", static_cast<int>(simdjson::SIMDJSON_VERSION_MAJOR),
                     static_cast<int>(simdjson::SIMDJSON_VERSION_MINOR),
                     static_cast<int>(simdjson::SIMDJSON_VERSION_REVISION));
}

}  // namespace weir::detail::json
