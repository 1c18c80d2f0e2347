#include "recovery/sqlite_store.hpp"

#include <csignal>
#include <fstream>
#include <iterator>

#include <poll.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "interleaving/test_scale.hpp"
#include "simulation/rng.hpp"
#include "temporary_folder.hpp"
#include "unit/recovery/store_fixture.hpp"

namespace weir::detail::recovery {
namespace {

using interleaving::scaled;
using simulation::Rng;
using Kind = RecoveryError::Kind;

class AStore : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path("state.sqlite3"); }

  // As another program changes it.
  void change(const char* sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    sqlite3_close(database);
  }

  // Fails as it should, and says where.
  void expect_error(Kind kind, const std::string& part_of_message) {
    try {
      SqliteStore store{folder_.path()};
      FAIL() << "it was opened";
    } catch (const RecoveryError& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      EXPECT_NE(std::string{error.what()}.find(part_of_message), std::string::npos) << error.what();
    }
  }

  TemporaryFolder folder_;
};

TEST_F(AStore, WhenItIsNewThenItIsEmpty) {
  SqliteStore store{folder_.path()};
  const Contents contents = store.contents();
  EXPECT_EQ(contents.flow, "");
  EXPECT_EQ(contents.epoch, Epoch{0});
  EXPECT_EQ(contents.execution, 0U);
  EXPECT_TRUE(contents.steps.empty());
}

TEST_F(AStore, WhenItIsOpenedAgainThenItHoldsWhatWasCommitted) {
  {
    SqliteStore store{folder_.path()};
    EXPECT_EQ(store.begin(execution_of()), 1U);
    store.commit(commit_of(1, {{"ann", "1"}, {"bob", "1"}, {"cid", "1"}}));
    store.commit(commit_of(2, {{"ann", "2"}, {"bob", std::nullopt}}));
  }
  SqliteStore store{folder_.path()};
  const Contents contents = store.contents();
  EXPECT_EQ(contents.flow, "flow");
  EXPECT_EQ(contents.epoch, Epoch{2});
  EXPECT_FALSE(contents.closed);
  EXPECT_EQ(contents.steps, (std::vector{kSourceStep, kKeyedStep}));
  ASSERT_EQ(contents.positions.size(), 1U);
  EXPECT_EQ(contents.positions[0].bytes, "2");
  ASSERT_EQ(contents.tokens.size(), 1U);
  EXPECT_EQ(contents.tokens[0].bytes, "token 2");
  EXPECT_EQ(store.begin(execution_of()), 2U);
  EXPECT_EQ(states_in(store), (States{{"ann", "2"}, {"cid", "1"}}));
}

TEST_F(AStore, HasAName) {
  const auto name_in = [](const std::filesystem::path& folder) { return SqliteStore{folder}.contents().name; };
  const std::string name = name_in(folder_.path());
  EXPECT_EQ(name.size(), 16U);
  EXPECT_EQ(name_in(folder_.path()), name);
  EXPECT_NE(name_in(folder_.path("other")), name);
  EXPECT_EQ(SqliteStore{folder_.path()}.contents().folder, folder_.path());
}

TEST_F(AStore, GetsANameIfWeirMadeItWithoutOne) {
  {
    const SqliteStore made{folder_.path()};
  }
  change("DROP TABLE identity");
  const std::string name = SqliteStore{folder_.path()}.contents().name;
  EXPECT_EQ(SqliteStore{folder_.path()}.contents().name, name);
}

TEST_F(AStore, WhenItsNameIsDamagedThenItIsRefused) {
  {
    const SqliteStore made{folder_.path()};
  }
  change("UPDATE identity SET store = store + 1");
  expect_error(Kind::kRefused, "identity");
  change("DELETE FROM identity");
  expect_error(Kind::kRefused, "table identity has no row");
}

TEST_F(AStore, WhenARunCommitsNothingThenStepsAreAsTheyWere) {
  {
    SqliteStore store{folder_.path()};
    store.begin(execution_of());
    store.commit(commit_of(1, {{"ann", "1"}}));
  }
  {
    SqliteStore store{folder_.path()};
    Execution other = execution_of({kSourceStep});
    other.dropped = {"count"};
    store.begin(other);
  }
  SqliteStore store{folder_.path()};
  EXPECT_EQ(store.contents().steps, (std::vector{kSourceStep, kKeyedStep}));
  EXPECT_EQ(states_in(store), (States{{"ann", "1"}}));
}

TEST_F(AStore, WhenAStepIsDroppedThenTheFirstCommitForgetsIt) {
  {
    SqliteStore store{folder_.path()};
    store.begin(execution_of());
    store.commit(commit_of(1, {{"ann", "1"}}));
  }
  {
    SqliteStore store{folder_.path()};
    StepRecord changed = kKeyedStep;
    changed.shape = "text -> u64";
    Execution other = execution_of({kSourceStep, changed});
    other.dropped = {"count"};
    store.begin(other);
    store.commit(commit_of(2, {{"bob", "2"}}));
    EXPECT_EQ(store.contents().steps, (std::vector{kSourceStep, changed}));
  }
  SqliteStore store{folder_.path()};
  EXPECT_EQ(states_in(store), (States{{"bob", "2"}}));
}

TEST_F(AStore, WhenTheInputHadEndedThenItSaysSo) {
  {
    SqliteStore store{folder_.path()};
    store.begin(execution_of());
    EpochCommit commit = commit_of(1, {});
    commit.closing = true;
    store.commit(commit);
  }
  EXPECT_TRUE(SqliteStore{folder_.path()}.contents().closed);
}

// Random changes, foldings and ends of the process, beside a map.
TEST_F(AStore, HoldsWhatAMapHoldsHoweverItsChangesAreFolded) {
  Rng rng{3};
  for (int round = 0; round < 12; ++round) {
    const TemporaryFolder folder;
    States states;
    const FoldSettings folding{
        .min_bytes = rng.between(1, 4'000), .max_rows = rng.between(2, 30), .round_bytes = rng.between(1, 3'000)};
    auto store = std::make_unique<SqliteStore>(folder.path(), folding);
    store->begin(execution_of());
    for (std::uint64_t epoch = 1; epoch <= 60; ++epoch) {
      Changes changes;
      for (std::uint64_t change = rng.below(40); change > 0; --change) {
        const std::string key = "key" + std::to_string(rng.below(80));
        changes[key] = rng.percent(30) ? std::nullopt : std::optional{std::string(rng.below(60), 'x') + key};
      }
      store->commit(commit_of(epoch, changes));
      follow(changes, states);
      for (std::uint64_t portion = rng.below(20); portion > 0 && store->compact(); --portion) {
      }
      if (rng.percent(20)) {
        store.reset();
        store = std::make_unique<SqliteStore>(folder.path(), folding);
        store->begin(execution_of());
        ASSERT_EQ(states_in(*store), states);
      }
    }
    while (store->compact()) {
    }
    ASSERT_EQ(states_in(*store), states);
    store->compact_all();
    ASSERT_EQ(states_in(*store), states);
    store->verify();
    EXPECT_TRUE(store->unfolded_epochs().empty());
    EXPECT_EQ(store->statistics()[1].keys, states.size());
  }
}

TEST_F(AStore, WhenKeysHaveEndedThenNothingOfThemIsLeft) {
  SqliteStore store{folder_.path(), {.min_bytes = 1, .max_rows = 4096}};
  store.begin(execution_of());
  for (std::uint64_t epoch = 1; epoch <= 40; ++epoch) {
    const std::string key = "session " + std::to_string(epoch);
    store.commit(commit_of(2 * epoch, {{key, std::string(10'000, 'x')}}));
    store.commit(commit_of(2 * epoch + 1, {{key, std::nullopt}}));
    while (store.compact()) {
    }
  }
  store.compact_all();
  EXPECT_EQ(store.statistics()[1].base_bytes, 0U);
  EXPECT_LT(std::filesystem::file_size(file()), 100'000U);
}

TEST_F(AStore, WhenItIsInUseThenASecondOneIsToldByWhom) {
  const SqliteStore store{folder_.path()};
  expect_error(Kind::kInUse, "process " + std::to_string(::getpid()));
}

TEST_F(AStore, WhenItsProcessIsKilledThenTheNextOneHasIt) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    SqliteStore store{folder_.path()};
    store.begin(execution_of());
    store.commit(commit_of(1, {{"ann", "1"}}));
    static_cast<void>(::write(ready[1], "x", 1));
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  expect_error(Kind::kInUse, "process " + std::to_string(child));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  SqliteStore store{folder_.path()};
  EXPECT_EQ(states_in(store), (States{{"ann", "1"}}));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(AStore, WhenItsProcessIsStillEndingThenTheNextOneWaitsForIt) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const SqliteStore store{folder_.path()};
    static_cast<void>(::write(ready[1], "x", 1));
    ::poll(nullptr, 0, 20);  // as the system takes to free the memory of a process that was killed
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_NO_THROW(SqliteStore{folder_.path()});
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(AStore, WhenProcessesRaceForItThenOneHasIt) {
  int go[2];
  int won[2];
  ASSERT_EQ(::pipe(go), 0);
  ASSERT_EQ(::pipe(won), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < 20; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) {
      char byte = 0;
      ::close(go[1]);
      static_cast<void>(::read(go[0], &byte, 1));
      try {
        const SqliteStore store{folder_.path()};
        static_cast<void>(::write(won[1], "1", 1));
        ::pause();
      } catch (const RecoveryError& error) {
        static_cast<void>(::write(won[1], error.kind() == Kind::kInUse ? "0" : "?", 1));
      }
      ::_exit(0);
    }
  }
  ::close(go[0]);
  ::close(go[1]);
  std::string answers(20, ' ');
  for (char& answer : answers) {
    ASSERT_EQ(::read(won[0], &answer, 1), 1);
  }
  EXPECT_EQ(std::ranges::count(answers, '1'), 1) << answers;
  EXPECT_EQ(std::ranges::count(answers, '0'), 19) << answers;
  for (const pid_t child : children) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  ::close(won[0]);
  ::close(won[1]);
}

TEST_F(AStore, WhenTheFileIsNoDatabaseThenItIsRefused) {
  std::ofstream{file()} << "this is a letter to my aunt, and it is long enough to be taken for one";
  expect_error(Kind::kRefused, "state.sqlite3");
  EXPECT_GT(std::filesystem::file_size(file()), 0U);
}

TEST_F(AStore, WhenTheDatabaseIsOfAnotherProgramThenItIsRefused) {
  change("CREATE TABLE letters (text TEXT)");
  expect_error(Kind::kRefused, "of another program");
}

TEST_F(AStore, WhenTheFormatIsNewerThenItIsRefused) {
  {
    const SqliteStore store{folder_.path()};
  }
  change("PRAGMA user_version=2");
  expect_error(Kind::kRefused, "it has format 2, and this build reads format 1");
}

TEST_F(AStore, WhenTheFileIsGoneOrEmptyThoughItWasUsedThenItIsRefused) {
  {
    const SqliteStore store{folder_.path()};
  }
  std::filesystem::resize_file(file(), 0);
  expect_error(Kind::kRefused, "empty or gone");
  std::filesystem::remove(file());
  expect_error(Kind::kRefused, "empty or gone");
}

TEST_F(AStore, WhenTheDirectoryCannotBeMadeThenItSaysSo) {
  EXPECT_THROW(SqliteStore{"/proc/weir"}, RecoveryError);
  EXPECT_THROW(SqliteStore{folder_.path("not/there")}, RecoveryError);
}

/// A store with some of everything, as a file.
class ADamagedStore : public AStore {
 protected:
  void SetUp() override {
    SqliteStore store{folder_.path(), {.min_bytes = 2'000, .max_rows = 10}};
    store.begin(execution_of());
    Rng rng{7};
    for (std::uint64_t epoch = 1; epoch <= 30; ++epoch) {
      Changes changes;
      for (int change = 0; change < 15; ++change) {
        changes["key" + std::to_string(rng.below(100))] = std::string(rng.below(80), 'x');
      }
      store.commit(commit_of(epoch, changes));
      follow(changes, states_);
      while (store.compact() && epoch < 25) {
      }
    }
  }

  [[nodiscard]] std::string bytes() const {
    std::ifstream stream{file(), std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
  }

  void write(const std::string& bytes) const {
    std::ofstream{file(), std::ios::binary | std::ios::trunc} << bytes;
    std::filesystem::remove(file().string() + "-wal");
  }

  // Either all is as it was, or it says that something is wrong; never a wrong value. Says which.
  bool refused() {
    try {
      SqliteStore store{folder_.path()};
      const Contents contents = store.contents();
      const States states = states_in(store);
      EXPECT_TRUE(states == states_);
      EXPECT_EQ(contents.epoch, Epoch{30});
      EXPECT_EQ(contents.flow, "flow");
      EXPECT_EQ(contents.steps, (std::vector{kSourceStep, kKeyedStep}));
      EXPECT_EQ(contents.positions.size(), 1U);
      EXPECT_EQ(contents.positions.at(0).bytes, "30");
      EXPECT_EQ(contents.tokens.at(0).bytes, "token 30");
      return false;
    } catch (const RecoveryError& error) {
      EXPECT_NE(std::string{error.what()}.find("state.sqlite3"), std::string::npos) << error.what();
      return true;
    }
  }

  States states_;
};

TEST_F(ADamagedStore, WhenNothingIsDamagedThenItIsAsItWas) { EXPECT_FALSE(refused()); }

TEST_F(ADamagedStore, WhenARowIsGoneOrOldThenItIsRefused) {
  const std::string good = bytes();
  for (const char* const sql :
       {"DELETE FROM changes WHERE number = (SELECT max(number) FROM changes)",
        "DELETE FROM base WHERE slice = (SELECT min(slice) FROM base)", "DELETE FROM marks WHERE kind = 1",
        "DELETE FROM steps WHERE id = 'count'", "UPDATE head SET epoch = epoch - 1", "UPDATE head SET closed = 1",
        "INSERT INTO base SELECT slice + 1000000, checksum, records FROM base LIMIT 1"}) {
    write(good);
    change(sql);
    EXPECT_TRUE(refused()) << sql;
  }
}

TEST_F(ADamagedStore, WhenAnyRowIsChangedThenVerifyFindsIt) {
  const std::string good = bytes();
  for (const char* const sql :
       {"UPDATE marks SET bytes = 'x' WHERE kind = 1", "UPDATE marks SET bytes = 'x' WHERE kind = 2",
        "UPDATE steps SET shape = 'x' WHERE kind = 1", "UPDATE base SET records = 'x'",
        "UPDATE changes SET records = 'x'"}) {
    write(good);
    change(sql);
    SqliteStore store{folder_.path()};
    EXPECT_THROW(store.verify(), RecoveryError) << sql;
  }
}

TEST_F(ADamagedStore, WhenABitIsFlippedThenItIsRefusedOrAsItWas) {
  const std::string good = bytes();
  Rng rng{11};
  std::uint64_t refusals = 0;
  const std::uint64_t flips = scaled(3'000);
  for (std::uint64_t flip = 0; flip < flips; ++flip) {
    std::string bad = good;
    const std::uint64_t at = rng.below(bad.size());
    bad[at] = static_cast<char>(bad[at] ^ (1 << rng.below(8)));
    write(bad);
    SCOPED_TRACE("byte " + std::to_string(at));
    refusals += refused() ? 1 : 0;
    if (HasFailure()) {
      return;
    }
  }
  EXPECT_GT(refusals, flips / 10);
}

TEST_F(ADamagedStore, WhenItIsCutOffThenItIsRefusedOrAsItWas) {
  const std::string good = bytes();
  Rng rng{13};
  std::uint64_t refusals = 0;
  const std::uint64_t cuts = scaled(300);
  for (std::uint64_t cut = 0; cut < cuts; ++cut) {
    const std::uint64_t size = rng.below(good.size());
    write(good.substr(0, size));
    SCOPED_TRACE("to " + std::to_string(size) + " bytes");
    refusals += refused() ? 1 : 0;
    if (HasFailure()) {
      return;
    }
  }
  EXPECT_GT(refusals, cuts / 2);
}

}  // namespace
}  // namespace weir::detail::recovery
