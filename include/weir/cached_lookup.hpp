#pragma once

namespace weir {

/// How the mapper of `op::enrich_cached` asks for the value of a key: `lookup(key)`. Valid during that call.
template <typename K, typename V>
class CachedLookup {
 public:
  /// For the runtime.
  using LookUp = const V& (*)(void* cache, const K& key);
  CachedLookup(void* cache, LookUp look_up) : cache_{cache}, look_up_{look_up} {}  ///< for the runtime

  /// The getter's value for the key, at most as old as the cache allows. The reference stays valid until the mapper
  /// returns, also if the mapper asks for other keys.
  /// @throws StepError  if the getter throws; the original is nested
  const V& operator()(const K& key) const { return look_up_(cache_, key); }

 private:
  void* cache_;
  LookUp look_up_;
};

}  // namespace weir
