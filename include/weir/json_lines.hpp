#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/runtime/make_as.hpp"
#include "weir/json.hpp"
#include "weir/json_shape.hpp"
#include "weir/sink.hpp"
#include "weir/source.hpp"
#include "weir/text_input.hpp"
#include "weir/text_output.hpp"

namespace weir {

namespace detail {

/// Parses JSON texts, and reuses its memory between them.
class JsonParser {
 public:
  JsonParser();
  JsonParser(JsonParser&&) noexcept;
  JsonParser& operator=(JsonParser&&) noexcept;
  ~JsonParser();

  /// Parses a text in place: changes it, and returns a value that refers to it.
  /// @param text  followed by a NUL
  /// @throws JsonError
  JsonValue parse(char* text, std::size_t size);

  /// The same for a line, which need not have been checked to be UTF-8. Looks ahead at lines that follow it, which are
  /// then parsed faster.
  /// @throws InputError  if it is not UTF-8, or no JSON
  JsonValue parse_line(text::LineReader& line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <typename Shape>
class EmitJson {
 public:
  explicit EmitJson(Shape shape) : shape_{std::move(shape)} {}

  void operator()(text::LineReader& line, Emit<typename Shape::Value>& emit) {
    if (is_blank(line.text())) {
      return;
    }
    const JsonValue json = parser_.parse_line(line);
    typename Shape::Value item{};
    try {
      shape_.read(json, item);
    } catch (const JsonError& error) {
      line.fail(error.offset(), error.what());
    } catch (...) {
      line.fail_nested();
    }
    emit(std::move(item));
  }

 private:
  static bool is_blank(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    return text.empty() || (blank(text.front()) && std::ranges::all_of(text, blank));
  }

  Shape shape_;
  JsonParser parser_;
};

}  // namespace detail

/// Records of JSON Lines files: one JSON value a line, each read into a `Shape::Value`.
///
///     weir::JsonLines{{"events.jsonl"}, weir::fields<Search>("user", "query")}
///
/// Paths are as for `TextFiles`. Empty lines are skipped. A line that is no JSON or has another shape
/// is a bad record, as for `TextFiles`; the error names file, line and byte, what was expected and what was found.
/// @see https://jsonlines.org
template <JsonShape Shape>
class JsonLines {
 public:
  using Item = typename Shape::Value;  ///< what a line becomes
  static_assert(std::default_initializable<Item> && std::movable<Item>,
                "JsonLines: records are read into values that can be made and moved");

  /// Files, or directories of files, as `TextFiles` takes them.
  JsonLines(std::vector<std::string> paths, Shape shape) : files_{std::move(paths)}, shape_{std::move(shape)} {
    files_.limits().utf8 = false;  // parsing checks it
  }

  /// As `TextFiles::as_one_stream`.
  JsonLines& as_one_stream() {
    files_.set_as_one();
    return *this;
  }

  /// As `TextFiles::in_parts`. **The order of the lines of a file is lost.**
  JsonLines& in_parts(std::size_t count = TextFiles::kDefaultParts,
                      std::size_t stripe_bytes = TextFiles::kDefaultStripeBytes) {
    files_.set_parts(count, stripe_bytes);
    return *this;
  }

  /// As `TextFiles::max_line_bytes`, at most 4 GiB.
  JsonLines& max_line_bytes(std::size_t bytes) {
    files_.limits().max_bytes = bytes;
    return *this;
  }

  /// As `TextFiles::complete_files`.
  JsonLines& complete_files() {
    files_.limits().complete_files = true;
    return *this;
  }

  /// As those of `TextFiles`.
  [[nodiscard]] std::vector<std::string> partitions() const { return files_.partitions(); }

  [[nodiscard]] std::vector<Resource> resources() const { return files_.resources(); }  ///< the files that it reads

  /// The content of a position: as that of `TextFiles`, which may resume it.
  [[nodiscard]] std::string position_shape() const { return "line of a file"; }

  /// As `TextFiles::rename_positions`.
  void rename_positions(const std::vector<std::string>& partitions,
                        std::map<std::string, std::string>& positions) const {
    files_.rename_positions(partitions, positions);
  }

  /// Opens a file at the byte of `position`, by default at its first.
  /// @throws UsageError  if it cannot be read
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& position,
                                                            const OpenContext& context) const {
    using Partition = detail::LinePartition<Item, detail::EmitJson<Shape>>;
    return detail::runtime::make_as<SourcePartition<Item>, Partition>(detail::EmitJson<Shape>{shape_}, files_, name,
                                                                      position, context);
  }

 private:
  detail::text::LineFiles files_;
  Shape shape_;
};

/// JSON Lines of a type that has a `from_json`, or needs none.
///
///     weir::json_lines<Order>({"orders/"})
template <typename T>
JsonLines<JsonAsIs<T>> json_lines(std::vector<std::string> paths) {
  return {std::move(paths), JsonAsIs<T>{}};
}

/// Writes each item as a line of JSON: to a file, which is created or truncated when the run starts, or, for `-`, to
/// standard output. One worker writes, so lines are never split. In a run with recovery a file is exactly-once, as
/// `TextFile` is. `JsonLines` of the same shape reads what it writes. A text that is not UTF-8, or a number that JSON
/// does not have, fails the run.
///
///     searches | op::output("out", weir::JsonLinesOutput{"searches.jsonl", weir::fields<Search>("user", "query")})
template <JsonShape Shape>
class JsonLinesOutput {
 public:
  /// `path` as `TextFile` takes it, `-` for standard output.
  JsonLinesOutput(std::string path, Shape shape) : path_{std::move(path)}, shape_{std::move(shape)} {}

  /// Appends the item as a JSON text without line feeds.
  /// @throws std::domain_error  where JSON cannot express it
  template <std::same_as<typename Shape::Value> T>
  void format(const T& item, std::string& line) const {
    JsonWriter json{line};
    shape_.write(json, item);
  }

  /// @throws UsageError  if the file cannot be written
  [[nodiscard]] std::unique_ptr<SinkPartition<std::string>> open(const OpenContext& context) const {
    return TextFile{path_}.open(context);
  }

  /// False for standard output: it is at-least-once.
  [[nodiscard]] bool transactional() const { return TextFile{path_}.transactional(); }

  /// The file that it writes.
  [[nodiscard]] std::vector<Resource> resources() const { return TextFile{path_}.resources(); }

  /// @throws UsageError     if the file cannot be written
  /// @throws RecoveryError  if it is not as the last run left it
  [[nodiscard]] std::unique_ptr<TransactionalPartition<std::string>> resume(const OpenContext& context,
                                                                            const SinkResume& resume) const {
    return TextFile{path_}.resume(context, resume);
  }

 private:
  std::string path_;
  Shape shape_;
};

/// An output of items whose type has a `to_json`, or needs none.
template <typename T>
JsonLinesOutput<JsonAsIs<T>> json_lines_output(std::string path) {
  return {std::move(path), JsonAsIs<T>{}};
}

}  // namespace weir
