#pragma once

#include <charconv>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/codec/time_text.hpp"
#include "weir/detail/containers/is_optional.hpp"
#include "weir/sink.hpp"
#include "weir/time.hpp"
#include "weir/window.hpp"

namespace weir {
namespace detail {

/// Items that have a text: strings, numbers, points in time, windows, and pairs, tuples, optionals and results of
/// windows that are made of them.
template <typename T>
inline constexpr bool kTextual = std::convertible_to<const T&, std::string_view> || std::is_arithmetic_v<T> ||
                                 TimePoint<T> || std::same_as<T, Window>;
template <typename T>
inline constexpr bool kTextual<std::optional<T>> = kTextual<T>;
template <typename First, typename Second>  // NOLINTNEXTLINE(misc-redundant-expression): the types may be the same
inline constexpr bool kTextual<std::pair<First, Second>> = kTextual<First> && kTextual<Second>;
template <typename... Ts>
inline constexpr bool kTextual<std::tuple<Ts...>> = (kTextual<Ts> && ...);
template <typename R>
inline constexpr bool kTextual<InWindow<R>> = kTextual<R>;

template <typename T>
concept Textual = kTextual<T>;

/// Appends a window's bounds as an ISO 8601 interval, or its number if it has no bounds.
void append_window(std::string& line, const Window& window);

/// Appends a number as text: whole floats keep a decimal point (`1.0`), others take the fewest digits that read back
/// as the same number.
template <typename T>
  requires std::is_arithmetic_v<T>
void append_number(std::string& line, T number) {
  char digits[64];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), number);
  const std::string_view text{digits, static_cast<std::size_t>(end - digits)};
  line += text;
  if constexpr (std::floating_point<T>) {
    if (text.find_first_not_of("-0123456789") == std::string_view::npos) {
      line += ".0";
    }
  }
}

template <typename T>
void append_text(std::string& line, const T& item) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    line += std::string_view{item};
  } else if constexpr (std::same_as<T, bool>) {
    line += item ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<T>) {
    append_number(line, item);
  } else if constexpr (TimePoint<T>) {
    codec::append_time(line, codec::split_time(item));
  } else if constexpr (std::same_as<T, Window>) {
    append_window(line, item);
  } else if constexpr (containers::IsOptional<T>::value) {
    item ? append_text(line, *item) : static_cast<void>(line += '-');
  } else if constexpr (requires { item.window; }) {  // an InWindow
    append_text(line, std::tie(item.window, item.value));
  } else {
    std::apply(
        [&line](const auto& first, const auto&... more) {
          append_text(line, first);
          ((line += ' ', append_text(line, more)), ...);
        },
        item);
  }
}

/// The writer of lines to a descriptor, on the worker that owns it. `path` is for messages; `owned` says whether the
/// descriptor is closed in the end.
[[nodiscard]] std::unique_ptr<SinkPartition<std::string>> open_line_writer(int descriptor, bool owned, std::string path,
                                                                           const OpenContext& context);

/// The writer of lines to a file that holds decided lines only.
/// @throws UsageError     if it cannot be written
/// @throws RecoveryError  if it is not as the last run left it
[[nodiscard]] std::unique_ptr<TransactionalPartition<std::string>> open_committed_lines(const std::string& path,
                                                                                        const OpenContext& context,
                                                                                        const SinkResume& resume);

/// Creates or truncates a file for writing, and locks it.
/// @throws UsageError  if it cannot be written, or is locked
[[nodiscard]] int create_file(const std::string& path);

/// A file that is written, and the one beside it that holds undecided lines.
[[nodiscard]] std::vector<Resource> output_resources(const std::string& path);

}  // namespace detail

/// Writes each item as a line to standard output. One worker writes, so lines are never split; lines of different
/// workers come in any order. At-least-once.
///
/// Strings are written unchanged, numbers so that they read back (`1.0` as `1.0`), pairs and tuples with a space
/// between their parts, points in time in UTC (`2026-01-02T03:04:05.5Z`), an empty optional as `-`, and windows as
/// `start/end`, before their results; `op::map` other items to text first. When the reader goes away (`| head -1`) the
/// run ends quietly, if the program ignores SIGPIPE, as `run_main` does.
class StandardOutput {
 public:
  /// Appends the item as text, without a line feed.
  template <detail::Textual T>
  void format(const T& item, std::string& line) const {
    detail::append_text(line, item);
  }

  /// For the runtime: a line is written whole, by the I/O thread.
  [[nodiscard]] std::unique_ptr<SinkPartition<std::string>> open(const OpenContext& context) const {
    return detail::open_line_writer(1, false, "standard output", context);
  }

  [[nodiscard]] std::vector<Resource> resources() const { return {Resource::standard_output()}; }  ///< standard output
};

/// Writes each item as a line to a file, which is created or truncated when the run starts, or, for `-`, to standard
/// output. Lines are as for `StandardOutput`.
///
/// In a run with recovery a file is exactly-once: it holds the output of decided epochs only. Lines appear an epoch at
/// a time, and none comes twice, even after a crash. Undecided lines wait beside it, in `.NAME.weir-...`. A resumed run
/// requires the file as the last run left it. Standard output is at-least-once.
///
/// The file is locked (`flock`) until the run ends, so two runs never write one file: weir refuses the second. It also
/// refuses a run that reads the file too, or writes it in two steps; see `weir::Resource`.
class TextFile {
 public:
  explicit TextFile(std::string path) : path_{std::move(path)} {}  ///< made where it is missing; `-` is standard output

  /// Appends the item as text, without a line feed.
  template <detail::Textual T>
  void format(const T& item, std::string& line) const {
    detail::append_text(line, item);
  }

  /// @throws UsageError  if the file cannot be written
  [[nodiscard]] std::unique_ptr<SinkPartition<std::string>> open(const OpenContext& context) const {
    return path_ == "-" ? StandardOutput{}.open(context)
                        : detail::open_line_writer(detail::create_file(path_), true, path_, context);
  }

  [[nodiscard]] bool transactional() const { return path_ != "-"; }  ///< false for standard output: it is at-least-once

  /// The file that it writes.
  [[nodiscard]] std::vector<Resource> resources() const {
    return path_ == "-" ? StandardOutput{}.resources() : detail::output_resources(path_);
  }

  /// @throws UsageError     if the file cannot be written
  /// @throws RecoveryError  if it is not as the last run left it
  [[nodiscard]] std::unique_ptr<TransactionalPartition<std::string>> resume(const OpenContext& context,
                                                                            const SinkResume& resume) const {
    return detail::open_committed_lines(path_, context, resume);
  }

 private:
  std::string path_;
};

}  // namespace weir
