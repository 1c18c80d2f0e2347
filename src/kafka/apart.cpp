#include "kafka/apart.hpp"

#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace weir::detail::kafka {

Error call_apart(std::function<Error()> call, const std::function<void()>& look) {
  std::packaged_task<Error()> task{std::move(call)};
  std::future<Error> error = task.get_future();
  std::thread{std::move(task)}.detach();
  while (error.wait_for(std::chrono::milliseconds{100}) != std::future_status::ready) {
    look();
  }
  return error.get();
}

Error call_apart(std::function<Error()> call, Patience& patience, const std::function<std::string()>& words) {
  return call_apart(std::move(call), [&patience, &words] { patience.check(words()); });
}

}  // namespace weir::detail::kafka
