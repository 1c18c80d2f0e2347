#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/cached_lookup.hpp"
#include "weir/detail/containers/lru_cache.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/graph/signature.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/detail/time/duration.hpp"
#include "weir/detail/windows/window_checks.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"

namespace weir {

namespace detail {

/// The code of `enrich_cached`.
template <typename T, typename K, typename Getter, typename Mapper>
class EnrichCachedOperator final : public runtime::Receiver<T>, public runtime::PlainOperator {
 public:
  using Value = std::decay_t<std::invoke_result_t<Logic<Getter>&, const K&>>;
  using Lookup = CachedLookup<K, Value>;
  using Out = std::decay_t<std::invoke_result_t<Logic<Mapper>&, T, Lookup&>>;

  EnrichCachedOperator(graph::OperatorParts& parts, const Getter& getter, const Mapper& mapper,
                       std::chrono::nanoseconds time_to_live, std::size_t max_entries)
      : runtime::PlainOperator{parts.site},
        getter_{make_logic(getter, parts.site.worker)},
        mapper_{make_logic(mapper, parts.site.worker)},
        cache_{max_entries, time_to_live, parts.site.tables.seed},
        out_{&graph::output<Out>(parts)} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    cache_.drop_oldest();  // only here: a mapper may use the values that it looked up until it returns
    Lookup lookup{this, [](void* self, const K& key) -> const Value& {
                    return static_cast<EnrichCachedOperator*>(self)->look_up(key);
                  }};
    out_->push(static_cast<Out>(runtime::call(site(), "mapper", mapper_, std::move(item), lookup)));
  }

  [[nodiscard, gnu::cold]] runtime::StepCounts counts() override {
    return {.others = {{"hits", hits_}, {"misses", misses_}}};
  }

 private:
  const Value& look_up(const K& key) {
    const Time now = site().stage->system;
    if (const Value* const known = cache_.find(key, now)) {
      ++hits_;
      return *known;
    }
    ++misses_;
    try {
      return cache_.put(key, now, std::invoke(getter_, key));
    } catch (...) {
      runtime::throw_step_error(site(), "getter", key_text(key));
    }
  }

  Logic<Getter> getter_;
  Logic<Mapper> mapper_;
  containers::LruCache<K, Value> cache_;
  runtime::Receiver<Out>* out_;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
};

template <typename F>
concept TakesOne = graph::HasSignature<F> && graph::Signature<F>::kArity == 1;

/// The named key type, or else the getter's argument type.
template <typename K, typename Getter>
struct KeyOfGetter {
  using type = K;
};
template <TakesOne Getter>
struct KeyOfGetter<void, Getter> {
  using type = graph::FirstArgument<Getter>;
};

/// A callable with a result for these arguments.
template <typename F, typename... Args>
concept Gives = std::invocable<F&, Args...> && !std::is_void_v<std::invoke_result_t<F&, Args...>>;

}  // namespace detail

namespace op {

/// The result of `enrich_cached`.
template <typename K, typename Getter, typename Mapper>
struct [[nodiscard]] EnrichCached {
  std::string step_id;                    ///< as `enrich_cached` takes it
  Getter getter;                          ///< as `enrich_cached` takes it
  Mapper mapper;                          ///< as `enrich_cached` takes it
  std::chrono::nanoseconds time_to_live;  ///< as `enrich_cached` takes it
  std::size_t max_entries;                ///< as `enrich_cached` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | enrich_cached(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    using TheGetter = detail::Logic<Getter>;
    using TheKey = typename detail::KeyOfGetter<K, TheGetter>::type;
    static_assert(!std::is_void_v<TheKey>,
                  "enrich_cached: the key is what the getter takes, which cannot be told if that is overloaded, a "
                  "template, or takes no single argument; name the key: op::enrich_cached<Key>(...)");
    if constexpr (!std::is_void_v<TheKey>) {
      static_assert(Key<TheKey>,
                    "enrich_cached: what the getter takes must be a key: text, an integer, an enum, a point in time, a "
                    "pair or tuple of "
                    "them, or a type that opts in by weir_key; a floating-point number is none, and neither is a view: "
                    "name what it is kept as, op::enrich_cached<std::string>(...)");
      static_assert(!Key<TheKey> || detail::Gives<TheGetter, const TheKey&>,
                    "enrich_cached: getter must be callable as Value(const Key&)");
      if constexpr (Key<TheKey> && detail::Gives<TheGetter, const TheKey&>) {
        return std::move(*this).template add<TheKey>(up);
      }
    }
  }

 private:
  template <typename TheKey, typename T>
  [[gnu::cold]] auto add(const Stream<T>& up) && {
    using Value = std::decay_t<std::invoke_result_t<detail::Logic<Getter>&, const TheKey&>>;
    static_assert(detail::Gives<detail::Logic<Mapper>, T, CachedLookup<TheKey, Value>&>,
                  "enrich_cached: mapper must be callable as U(T, weir::CachedLookup<Key, Value>&), and return the new "
                  "item");
    if constexpr (detail::Gives<detail::Logic<Mapper>, T, CachedLookup<TheKey, Value>&>) {
      using Op = detail::EnrichCachedOperator<T, TheKey, Getter, Mapper>;
      if (time_to_live != std::chrono::nanoseconds::max()) {
        detail::time::check_duration(step_id, "time_to_live", time_to_live);
      }
      detail::windows::check_at_least_one(step_id, "max_entries", max_entries);
      return detail::graph::add_step<typename Op::Out>(
          std::move(step_id), "enrich_cached", up, detail::graph::direct_input(up), nullptr,
          [getter = std::move(getter), mapper = std::move(mapper), time_to_live = time_to_live,
           max_entries = max_entries](detail::graph::OperatorParts& parts) {
            return detail::graph::make_operator<Op>(parts, getter, mapper, time_to_live, max_entries);
          });
    }
  }
};

/// Replaces each item by the result of `mapper`, which can look up values that are slow to get, in a cache.
///
///     orders | op::enrich_cached("price", [&](const std::string& product) { return shop.price_of(product); },
///                                [](Order order, auto& price) {
///                                  order.total = order.count * price(order.product);
///                                  return order;
///                                }, 5min, 10'000)
///
/// Each worker has a cache of its own. Order is kept, and items stay on their worker. After `op::key_on` and a keyed
/// step, one worker has all items of a key, and so the key's values. In a run that restarts or resumes, caches are
/// empty.
/// @tparam K            the key; the getter's argument type if not named. It must be a `Key`.
/// @param step_id       unique in the dataflow
/// @param getter        `V(const K&)`, for a key that is not in the cache, or has been there for longer than
///                      `time_to_live`. The worker waits for it, and all work of the worker with it.
/// @param mapper        `U(T, weir::CachedLookup<K, V>& lookup)`, for each item, in order; `lookup(key)` returns a
///                      `const V&` that is valid until the mapper returns
/// @param time_to_live  by the system's clock at the start of the worker's current turn; positive, and at most 36
///                      years, or `std::chrono::nanoseconds::max()` for ever
/// @param max_entries   at least 1; before the next item, the cache drops the least recently used entries above it
/// @throws BuildError   from `operator|`, if `step_id` is taken or a number is out of range; StepError from `run()` if
///                      getter or mapper throw; the getter's error names the key, and the cache keeps nothing for it
/// @remark Counters in the report: `hits`, lookups that the cache answered, and `misses`, calls of the getter.
/// @see Bytewax 0.21, operator `enrich_cached`; Flink SQL, lookup joins with a partial cache.
template <typename K = void, typename Getter, typename Mapper>
EnrichCached<K, Getter, Mapper> enrich_cached(std::string step_id, Getter getter, Mapper mapper,
                                              std::chrono::nanoseconds time_to_live, std::size_t max_entries) {
  return {std::move(step_id), std::move(getter), std::move(mapper), time_to_live, max_entries};
}

}  // namespace op
}  // namespace weir
