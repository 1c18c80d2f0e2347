#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/copyable.hpp"
#include "weir/detail/codec/shape.hpp"
#include "weir/detail/exchange/exchange.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/make_as.hpp"
#include "weir/detail/runtime/numbers.hpp"
#include "weir/stream.hpp"

namespace weir::detail::graph {

/// Gives code that adds steps access to a stream's handle.
struct StreamAccess {
  template <typename T>
  static Stream<T> make(Graph& graph, Port port) {
    return Stream<T>{graph, port};
  }
  /// The stream of a step's only output, or of its first.
  template <typename T>
  static Stream<T> make(Graph& graph, runtime::StepNumber step) {
    return Stream<T>{graph, {step, {}}};
  }
  /// The streams of all outputs of a step.
  template <typename... Ts>
  static std::tuple<Stream<Ts>...> make_all(Graph& graph, runtime::StepNumber step) {
    runtime::OutputNumber output;
    return {Stream<Ts>{graph, {step, {output.value++}}}...};
  }
  template <typename T>
  static Graph& graph(const Stream<T>& stream) {
    return *stream.graph_;
  }
  template <typename T>
  static Port port(const Stream<T>& stream) {
    return stream.port_;
  }
};

/// The consumers of a stream. Not a vector, so that its code is not in each `FanOut`.
struct Consumers {
  explicit Consumers(const std::vector<runtime::ReceiverBase*>& to);
  Consumers(const Consumers&) = delete;
  Consumers& operator=(const Consumers&) = delete;
  ~Consumers();

  std::vector<runtime::ReceiverBase*> all_but_last;
  runtime::ReceiverBase* last = nullptr;  ///< null: there is none
};

/// Gives each item to all consumers of a stream; drops it if there is none.
template <typename T>
class FanOut final : public runtime::Receiver<T> {
 public:
  explicit FanOut(const std::vector<runtime::ReceiverBase*>& to) : to_{to} {}

  void push(T&& item) override {
    if constexpr (copyable<T>) {
      for (runtime::ReceiverBase* const each : to_.all_but_last) {
        T copy{std::as_const(item)};
        static_cast<runtime::Receiver<T>*>(each)->push(std::move(copy));
      }
      if (to_.last != nullptr) {
        static_cast<runtime::Receiver<T>*>(to_.last)->push(std::move(item));
      }
    }
  }

 private:
  Consumers to_;
};

template <typename T>
[[gnu::cold]] void delete_fan_out(runtime::ReceiverBase* fan_out) {
  delete static_cast<FanOut<T>*>(fan_out);
}
template <typename T>
[[gnu::cold]] runtime::ReceiverBase* make_fan_out(const std::vector<runtime::ReceiverBase*>& to) {
  return new FanOut<T>{to};
}

template <typename T>
inline constexpr StreamType kStreamType{
    .make_fan_out = &make_fan_out<T>, .delete_fan_out = &delete_fan_out<T>, .copyable = copyable<T>};

/// Names a key type in the untyped graph: the address is the name.
template <typename K>
inline constexpr char kKeyName = 0;

/// What a step makes its operators of, as its factory keeps it. A class of each would have a table of virtual functions
/// and a description of the type, for each step of a program.
struct ErasedMake {
  void* make;
  void (*destroy)(void* make);
  runtime::StepCode (*call)(const void* make, OperatorParts& parts);
};

/// Owns the `make`.
std::unique_ptr<OperatorFactory> erased_factory(const ErasedMake& make);

/// Owns `op`, which has these roles besides.
runtime::StepCode step_code(runtime::Operator* op, runtime::SourceOperator* source, runtime::SinkOperator* sink,
                            runtime::TimedStep* timed, runtime::ClockStep* clock);

// The roles of a step: that of the first function that it fits. Null if it has not that role.
inline runtime::SourceOperator* as_source(runtime::SourceOperator* op) noexcept { return op; }
inline runtime::SourceOperator* as_source(const void* /*op*/) noexcept { return nullptr; }
inline runtime::SinkOperator* as_sink(runtime::SinkOperator* op) noexcept { return op; }
inline runtime::SinkOperator* as_sink(const void* /*op*/) noexcept { return nullptr; }
inline runtime::TimedStep* as_timed(runtime::TimedStep* op) noexcept { return op; }
inline runtime::TimedStep* as_timed(const void* /*op*/) noexcept { return nullptr; }
inline runtime::ClockStep* as_clock(runtime::ClockStep* op) noexcept { return op; }
inline runtime::ClockStep* as_clock(const void* /*op*/) noexcept { return nullptr; }

template <typename Make>
void delete_make(void* make) {
  delete static_cast<Make*>(make);
}
template <typename Make>
[[gnu::cold]] runtime::StepCode call_make(const void* make, OperatorParts& parts) {
  return (*static_cast<const Make*>(make))(parts);
}

/// A step's code on one worker.
template <typename Op, typename... Args>
[[gnu::cold]] runtime::StepCode make_operator(Args&&... args) {
  auto* const op = new Op(std::forward<Args>(args)...);
  return step_code(op, as_source(op), as_sink(op), as_timed(op), as_clock(op));
}

/// `make(OperatorParts&)` makes the step's code on one worker.
template <typename Make>
[[gnu::cold]] std::unique_ptr<OperatorFactory> factory_of(Make make) {
  return erased_factory({new Make{std::move(make)}, &delete_make<Make>, &call_make<Make>});
}

/// A step's input that stays on its worker.
template <typename T>
[[gnu::cold]] InputSpec direct_input(const Stream<T>& up) {
  return {StreamAccess::port(up), nullptr, nullptr, true, &StreamAccess::graph(up)};
}

/// One of several inputs of a step, which stays on its worker.
template <typename T>
[[gnu::cold]] InputSpec merged_input(const Stream<T>& up) {
  return {StreamAccess::port(up), nullptr,
          runtime::make_as<exchange::EdgeFactory, exchange::ExchangeFactory<T, exchange::Local>>(), true,
          &StreamAccess::graph(up)};
}

/// A step's input that changes worker.
template <typename Route, typename T>
[[gnu::cold]] InputSpec exchanged_input(const Stream<T>& up) {
  return {StreamAccess::port(up), runtime::make_as<exchange::EdgeFactory, exchange::ExchangeFactory<T, Route>>(),
          nullptr, true, &StreamAccess::graph(up)};
}

/// A keyed step's input: an exchange, unless the stream is partitioned by the key already.
template <typename Route = exchange::ByKey, typename K, typename V>
[[gnu::cold]] InputSpec keyed_input(const Stream<std::pair<K, V>>& up) {
  if (StreamAccess::graph(up).output(StreamAccess::port(up)).partitioned_by == &kKeyName<K>) {
    return direct_input(up);
  }
  return exchanged_input<Route>(up);
}

template <typename T>
OutputSpec output_of(const void* partitioned_by = nullptr) {
  return {&kStreamType<T>, partitioned_by};
}

/// By which key type a stream is partitioned; null if by none.
template <typename T>
const void* partitioning(const Stream<T>& up) {
  return StreamAccess::graph(up).output(StreamAccess::port(up)).partitioned_by;
}

/// Adds a step of one input and one output whose code is an `Op{parts, args...}`.
template <typename U, typename T, typename Make>
[[gnu::cold]] Stream<U> add_step(std::string id, const char* op, const Stream<T>& up, InputSpec input,
                                 const void* partitioned_by, Make make) {
  Graph& graph = StreamAccess::graph(up);
  return StreamAccess::make<U>(graph, graph.add_step(std::move(id), op, std::move(input), output_of<U>(partitioned_by),
                                                     factory_of(std::move(make))));
}

/// What a step has besides that keeps a State for every key.
template <typename K, typename State>
[[gnu::cold]] KeyedSpec keyed_spec(snapshot::StateSettings&& settings) {
  return {.key_shape = codec::Shape::of<K>(),
          .state_shape = codec::Shape::of<State>(),
          .settings = std::move(settings),
          .can_copy_before = copyable<State>};
}

/// Adds a step that has a State for every key.
/// @param holds_items  whether it gathers items for its logic
template <typename State, typename U, typename Route = exchange::ByKey, typename K, typename V, typename Make>
[[gnu::cold]] Stream<U> add_keyed_step(std::string id, const char* op, const Stream<std::pair<K, V>>& up, Make make,
                                       snapshot::StateSettings settings = {}, bool holds_items = false) {
  Graph& graph = StreamAccess::graph(up);
  return StreamAccess::make<U>(
      graph, graph.add_keyed_step(std::move(id), op, keyed_input<Route>(up), output_of<U>(&kKeyName<K>),
                                  keyed_spec<K, State>(std::move(settings)), holds_items, factory_of(std::move(make))));
}

template <typename T>
runtime::Receiver<T>& output(const OperatorParts& parts, std::size_t index = 0) {
  return static_cast<runtime::Receiver<T>&>(*parts.outputs[index]);
}

}  // namespace weir::detail::graph
