// expects: SlidingWindows: an item is in several windows, so the values must be copyable
#include <chrono>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

using namespace std::chrono_literals;
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
      op::map_value("parcel", [](int) { return Parcel{}; }) |
      op::count_window("step", weir::SlidingWindows{weir::SystemClock{}, 10min, 1min});
}
