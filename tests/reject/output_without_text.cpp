// expects: output: this sink writes text, and the stream's items have none; map them to text by op::map
// alone
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Search {
  int user;
  std::string query;
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<Search>{{}}) | op::output("out", weir::TextFile{"out"});
}
