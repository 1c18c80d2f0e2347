// weir::per_worker gives each worker logic of its own, made on the spot: it may be move-only, and keep what would be
// slow or wrong to share. Here each worker opens its own dictionary, and counts how often it was asked.

#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;

namespace {

/// Stands for what each worker needs one of: a connection, a model, a parser with scratch memory.
class Dictionary {
 public:
  explicit Dictionary(weir::WorkerContext /*worker*/)
      : english_{{"hund", "dog"}, {"katze", "cat"}, {"maus", "mouse"}} {}

  std::string look_up(const std::string& word) {
    ++asked_;  // no lock: only one worker has it
    const auto entry = english_.find(word);
    return entry == english_.end() ? "?" : entry->second;
  }

 private:
  std::map<std::string, std::string> english_;
  int asked_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words{"hund", "katze", "pferd", "maus"};
  weir::Dataflow flow{"per_worker"};
  flow.input("words", weir::RangeInput{words})  //
      | op::redistribute("share")               //
      | op::map("translate", weir::per_worker([](weir::WorkerContext worker) {
                  // A std::unique_ptr cannot be copied, and need not be: this runs once for each worker.
                  return [dictionary = std::make_unique<Dictionary>(worker)](const std::string& word) {
                    return std::pair{word, dictionary->look_up(word)};
                  };
                }))  //
      | op::output("out", weir::StandardOutput{});
  return weir::run_main(std::move(flow), argc, argv);
}
