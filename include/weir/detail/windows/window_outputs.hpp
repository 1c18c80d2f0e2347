#pragma once

#include <cstdint>
#include <utility>

#include "weir/detail/codec/reflect.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/batched_output.hpp"
#include "weir/detail/time/late_output.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

/// The outputs of a step over windows, in the order of `WindowStreams`.
template <typename K, typename R, typename V>
class WindowOutputs {
 public:
  using Items = codec::TypeList<std::pair<K, InWindow<R>>, std::pair<K, V>, std::pair<K, WindowEvent>>;

  explicit WindowOutputs(const graph::OperatorParts& parts)
      : down_{graph::output<std::pair<K, InWindow<R>>>(parts, 0)},
        late_{parts, 1},
        meta_{graph::output<std::pair<K, WindowEvent>>(parts, 2)},
        wants_events_{parts.consumed[2]} {}

  /// The output of the logic for one key.
  class Emit {
   public:
    Emit(const K& key, WindowOutputs& to) : key_{&key}, to_{&to} {}

    void result(const Window& window, R value) { to_->down_.push({*key_, InWindow<R>{window, std::move(value)}}); }
    void late(V&& value) { to_->late_.push({*key_, std::move(value)}); }
    /// Whether the events have a consumer.
    [[nodiscard]] bool wants_events() const { return to_->wants_events_; }
    [[gnu::always_inline]] void event(WindowEvent::Kind kind, const Window& window, std::int64_t into = 0) {
      if (wants_events()) [[unlikely]] {
        tell(kind, window, into);
      }
    }

   private:
    [[gnu::noinline]] void tell(WindowEvent::Kind kind, Window window, std::int64_t into) {
      to_->meta_.push({*key_, WindowEvent{kind, window, into}});
    }

    const K* key_;
    WindowOutputs* to_;
  };

  [[nodiscard]] Emit emit_for(const K& key) { return {key, *this}; }
  void flush() {
    down_.flush();
    late_.flush();
    meta_.flush();
  }
  [[nodiscard]] auto counters() const { return late_.counters(); }

 private:
  runtime::BatchedOutput<std::pair<K, InWindow<R>>> down_;
  time::LateOutput<std::pair<K, V>> late_;
  runtime::BatchedOutput<std::pair<K, WindowEvent>> meta_;
  bool wants_events_;
};

}  // namespace weir::detail::windows
