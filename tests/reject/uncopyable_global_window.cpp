// expects: GlobalWindows: results are emitted while the fold goes on, so it must be copyable
#include <cstdint>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Parcel {
  Parcel() = default;
  Parcel(Parcel&&) = default;
  Parcel& operator=(Parcel&&) = default;

  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number);
  }

  int number = 0;
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}}) |
      op::fold_window(
          "step", weir::GlobalWindows{[](int, std::uint64_t) { return weir::Trigger::kEmit; }}, [] { return Parcel{}; },
          [](Parcel& parcel, int number) { parcel.number += number; });
}
