#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "weir/weir.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

auto partitions_called(const std::vector<std::string>& names) {
  return PartitionedInput{names, [](const std::string& name, std::optional<int>) {
                            return std::vector<std::pair<int, std::string>>{{1, name}};
                          }};
}

std::string refusal_of(const Dataflow& flow, std::size_t workers) {
  try {
    run(flow, {.workers = workers});
  } catch (const UsageError& error) {
    return error.what();
  }
  return "it was not refused";
}

TEST(TwoPartitionsOfOneName, AreRefusedWithStepAndName) {
  for (const std::size_t workers : {std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
    int items = 0;
    Dataflow flow{"twice"};
    flow.input("in", partitions_called({"a", "b", "a"})) |
        op::output("out", Callback{[&](const std::string&) { ++items; }});
    EXPECT_THAT(refusal_of(flow, workers), AllOf(HasSubstr("step \"in\""), HasSubstr("\"a\"")));
    EXPECT_EQ(items, 0);
  }
}

TEST(TwoPartitionsOfOneName, AreRefusedInSourcesThatAreReadOneAfterAnother) {
  Dataflow flow{"twice"};
  flow.input("in", concat_sources(partitions_called({"a"}), partitions_called({"b", "b"}))) |
      op::output("out", Callback{[](const std::string&) {}});
  EXPECT_THAT(refusal_of(flow, 2), HasSubstr("source 2 has two partitions named \"b\""));
}

TEST(TwoPartitionsOfOneName, MayBeOfTwoSources) {
  for (const std::size_t workers : {std::size_t{1}, std::size_t{2}}) {
    std::vector<std::string> items;
    Dataflow flow{"once"};
    op::merge("both", flow.input("one", partitions_called({"a", "b"})), flow.input("two", partitions_called({"a"}))) |
        op::output("out", Callback{[&](std::string item) { items.push_back(std::move(item)); }});
    run(flow, {.workers = workers});
    EXPECT_THAT(items, UnorderedElementsAre("a", "b", "a"));
  }
}

/// A source that has other partitions each time that it is asked, as a directory may to which files are added.
class Growing {
 public:
  using Item = std::string;

  [[nodiscard]] std::vector<std::string> partitions() const {
    const int times = ++*asked_;
    std::vector<std::string> names;
    for (int i = 0; i < times + 4; ++i) {
      names.push_back("added " + std::to_string(times) + "." + std::to_string(i));
    }
    return names;
  }
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& /*position*/,
                                                            const OpenContext& /*context*/) const {
    class One final : public SourcePartition<std::string> {
     public:
      explicit One(std::string name) : name_{std::move(name)} {}
      Poll poll(Emit<std::string>& emit) override {
        emit(std::string{name_});
        return Poll::end();
      }
      [[nodiscard]] std::string position() const override { return {}; }

     private:
      std::string name_;
    };
    return std::make_unique<One>(name);
  }

 private:
  std::shared_ptr<std::atomic<int>> asked_ = std::make_shared<std::atomic<int>>(0);
};

TEST(Partitions, ThatChangeWhileARunBeginsAreDealtOnce) {
  std::vector<std::string> items;
  Dataflow flow{"growing"};
  flow.input("in", Growing{}) |
      op::output("out", Callback{[&](std::string item) { items.push_back(std::move(item)); }});
  run(flow, {.workers = 3});
  EXPECT_THAT(items, UnorderedElementsAre("added 1.0", "added 1.1", "added 1.2", "added 1.3", "added 1.4"));
}

}  // namespace
}  // namespace weir
