#pragma once

#include <memory>
#include <string>
#include <utility>

#include "weir/detail/build.hpp"
#include "weir/detail/operator.hpp"
#include "weir/detail/receiver.hpp"
#include "weir/per_worker.hpp"

namespace weir::detail {

/// The code of a step that keeps no state: `Body{}(site, f, item, out)` deals with one item.
template <typename T, typename U, typename F, typename Body>
class Transform final : public Receiver<T>, public Operator {
 public:
  Transform(OperatorParts& parts, const F& f)
      : Operator{parts.site}, f_{make_logic(f, parts.site.worker)}, out_{&output<U>(parts)} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    Body::handle(site(), f_, std::move(item), *out_);
  }

 private:
  Logic<F> f_;
  Receiver<U>* out_;
};

/// Whether a stateless step leaves each item under its key on its worker.
enum class Partitioning { kKept, kCleared };

template <typename U, typename Body, typename T, typename F>
Stream<U> add_transform(std::string id, const char* op, const Stream<T>& up, F f, Partitioning kept) {
  return add_step<U>(
      std::move(id), op, up, direct_input(up), kept == Partitioning::kKept ? partitioning(up) : nullptr,
      [f = std::move(f)](OperatorParts& parts) { return make_operator<Transform<T, U, F, Body>>(parts, f); });
}

}  // namespace weir::detail
