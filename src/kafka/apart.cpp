#include "kafka/apart.hpp"

#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace weir::detail::kafka {

Error call_apart(std::function<Error()> call, Patience& patience, const std::function<std::string()>& words) {
  std::packaged_task<Error()> task{std::move(call)};
  std::future<Error> error = task.get_future();
  std::thread{std::move(task)}.detach();
  while (error.wait_for(std::chrono::milliseconds{100}) != std::future_status::ready) {
    patience.check(words());
  }
  return error.get();
}

}  // namespace weir::detail::kafka
