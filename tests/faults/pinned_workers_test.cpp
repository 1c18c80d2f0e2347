// Workers that are pinned to cores.

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

/// The cores that the calling thread may use.
std::vector<int> own_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  EXPECT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) {
      cores.push_back(core);
    }
  }
  return cores;
}

/// Runs a dataflow, and returns the cores that each of its workers could use, with the worker's number.
std::vector<std::pair<std::size_t, std::vector<int>>> cores_of_workers(const RunOptions& options) {
  using Seen = std::pair<std::size_t, std::vector<int>>;
  Dataflow flow{"flow"};
  testing::Collected<Seen> seen;
  flow.input("in", testing::Scripted<int>{std::vector<std::vector<int>>(options.workers, {1})}) |
      op::map("look", per_worker([](WorkerContext worker) {
                return [worker](int) { return Seen{worker.index.value, own_cores()}; };
              })) |
      op::output("out", seen);
  run(flow, options);
  auto items = seen.items();
  std::ranges::sort(items);
  return items;
}

TEST(PinnedWorkers, HaveACoreEachInTheOrderOfTheCores) {
  const std::vector<int> cores = own_cores();
  RunOptions options;
  options.pin = true;
  for (std::size_t workers = 1; workers <= std::min<std::size_t>(cores.size(), 4); ++workers) {
    options.workers = workers;
    for (const auto& [worker, usable] : cores_of_workers(options)) {
      EXPECT_EQ(usable, std::vector<int>{cores[worker]}) << "worker " << worker << " of " << workers;
    }
  }
  EXPECT_EQ(own_cores(), cores) << "the thread that starts a run is not pinned";
}

TEST(PinnedWorkers, AreAsManyAsThereAreCoresUnlessToldOtherwise) {
  RunOptions options;
  options.pin = true;
  Dataflow flow{"flow"};
  flow.input("in", testing::Scripted<int>{{{1}}}) | op::output("out", testing::Collected<int>{});
  EXPECT_EQ(run(flow, options).workers, std::min<std::size_t>(own_cores().size(), 1024));
}

TEST(PinnedWorkers, AreRefusedWhereThereAreMoreThanCores) {
  RunOptions options;
  options.pin = true;
  options.workers = own_cores().size() + 1;
  if (options.workers > 1024) {
    GTEST_SKIP() << "no run has so many workers";
  }
  try {
    cores_of_workers(options);
    FAIL() << "no error";
  } catch (const UsageError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("RunOptions::pin: found " + std::to_string(options.workers) +
                           " workers, but this process may use only "),
              std::string::npos)
        << message;
  }
  options.pin = false;
  EXPECT_EQ(cores_of_workers(options).front().second, own_cores());
}

TEST(AProgramWithPinnedWorkers, UsesOnlyTheCoresThatItMayUse) {
  const std::string core = std::to_string(own_cores().back());
  const TemporaryFolder folder;
  folder.write("in", "line\n");
  const std::string program = "taskset -c " + core + " timeout 60 copy_lines --input in --output out --pin ";
  EXPECT_EQ(faults::shell(folder, program + "--log-level debug 2>messages"), 0) << folder.read("messages");
  EXPECT_NE(folder.read("messages").find("worker 0 of 1 is pinned to core " + core), std::string::npos);
  EXPECT_EQ(faults::shell(folder, program + "--workers 2 2>messages"), 2);
  EXPECT_NE(folder.read("messages").find("may use only 1 core;"), std::string::npos) << folder.read("messages");
}

}  // namespace
}  // namespace weir
