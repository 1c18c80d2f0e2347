// expects: lookup: every worker holds a copy of each row, so rows must be copyable
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
  const auto stream = flow.input("stream", weir::testing::Scripted<int>{{}});
  const auto numbers = flow.input("table", weir::testing::Scripted<std::pair<int, int>>{{}});
  const auto table = numbers | op::map_value("parcel", [](int) { return Parcel{}; });
  op::lookup("step", stream, [](int item) { return item; }, table);
}
