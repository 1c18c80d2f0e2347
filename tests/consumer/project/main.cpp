#include <iostream>
#include <weir/worker_context.hpp>

int main() {
  const weir::WorkerContext where{.index = {1}, .count = {2}};
  std::cout << "worker " << where.index << " of " << where.count << '\n';
}
