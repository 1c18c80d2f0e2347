// expects: event_time: timestamp_of must be callable with the stream's item and return a point in time
#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Reading {
  int second = 0;
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<Reading>{{}}) | op::event_time("step", weir::EventClock{&Reading::second});
}
