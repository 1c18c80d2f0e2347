// expects: join: values may be in several rows, so they must be copyable
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
  const auto left = flow.input("left", weir::testing::Scripted<std::pair<int, int>>{{}});
  const auto right = left | op::map_value("parcel", [](int) { return Parcel{}; });
  op::join("step", left, right);
}
