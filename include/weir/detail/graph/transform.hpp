#pragma once

#include <memory>
#include <string>
#include <utility>

#include "weir/detail/containers/items.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/batch.hpp"
#include "weir/detail/runtime/batched_output.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/per_worker.hpp"

namespace weir::detail::graph {

/// The code of a step that keeps no state: `Body::handle(site, f, item, out)` handles one item, and emits at most one.
///
/// Small items that come in a batch leave in one. If the logic throws, earlier results of the batch are not emitted.
template <typename T, typename U, typename F, typename Body>
class Transform final : public runtime::Receiver<T>, public runtime::PlainOperator {
 public:
  Transform(OperatorParts& parts, const F& f)
      : runtime::PlainOperator{parts.site}, f_{make_logic(f, parts.site.worker)}, out_{&output<U>(parts)} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    Body::handle(site(), f_, std::move(item), *out_);
  }

  void push_all(containers::Items<T> items) override {
    if constexpr (runtime::kBatched<U>) {
      count_items(items.size());
      runtime::BatchedOutput<U> out{*out_};
      for (T& item : items) {
        Body::handle(site(), f_, std::move(item), out);
      }
      out.flush();
    } else {
      runtime::Receiver<T>::push_all(items);
    }
  }

 private:
  Logic<F> f_;
  runtime::Receiver<U>* out_;
};

/// Whether a stateless step keeps the partitioning of a stream by key.
enum class Partitioning { kKept, kCleared };

template <typename U, typename Body, typename T, typename F>
[[gnu::cold]] Stream<U> add_transform(std::string id, const char* op, const Stream<T>& up, F f, Partitioning kept) {
  return add_step<U>(
      std::move(id), op, up, direct_input(up), kept == Partitioning::kKept ? partitioning(up) : nullptr,
      [f = std::move(f)](OperatorParts& parts) { return make_operator<Transform<T, U, F, Body>>(parts, f); });
}

}  // namespace weir::detail::graph
