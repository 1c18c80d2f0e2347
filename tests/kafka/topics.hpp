#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What tests do on the broker of this program, with librdkafka alone, so that it can be compared with what weir does.
// Each call waits for the broker for up to a minute, and throws std::runtime_error with librdkafka's words if it fails.
namespace weir::tests::kafka {

using Properties = std::map<std::string, std::string>;
using Headers = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// As it is sent, or as it was read.
struct Record {
  std::int32_t partition = 0;  ///< -1: by the key
  std::optional<std::string> key = {};
  std::optional<std::string> value = {};
  Headers headers = {};
  std::int64_t time_ms = 0;  ///< 0 is sent as the current time
  std::int64_t offset = -1;  ///< of a record that was read

  friend bool operator==(const Record&, const Record&) = default;
};

/// Which records are seen: all, or those of no transaction or a committed one.
enum class Isolation { kUncommitted, kCommitted };

/// A name that no other test has, in this run or another.
std::string unique_name(std::string_view prefix);

/// Makes a topic whose name begins with `prefix`, and waits until its partitions have a leader.
/// @return  its name
std::string create_topic(int partitions = 1, const Properties& properties = {}, std::string_view prefix = "topic");
/// Makes a topic of that very name.
void create_topic_named(const std::string& topic, int partitions, const Properties& properties = {});
void add_partitions(const std::string& topic, int partitions_then);
void delete_topic(const std::string& topic);

/// Deletes what is before the offset.
void delete_records(const std::string& topic, std::int32_t partition, std::int64_t before);

/// Sends records in order, and waits until the broker has them.
void produce(const std::string& topic, const std::vector<Record>& records);
void produce(const std::string& topic, std::int32_t partition, std::optional<std::string> key,
             std::optional<std::string> value, Headers headers = {}, std::int64_t time_ms = 0);

/// A transaction that stays open until it is committed or aborted. Destroyed while open, it is aborted, as if its
/// process had been killed: by the next producer of the id, or when its time is over.
class Transaction {
 public:
  explicit Transaction(const std::string& id = unique_name("transaction"), const Properties& properties = {});
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) noexcept;
  ~Transaction();

  /// Returns when the broker has the records.
  void produce(const std::string& topic, const std::vector<Record>& records);
  /// The offset and its metadata of a group, as a member of no group.
  void send_offset(const std::string& group, const std::string& topic, std::int32_t partition, std::int64_t offset,
                   const std::string& metadata = "");
  /// Both return when readers see the end. Only the destructor is left then.
  void commit();
  void abort();

 private:
  struct Producer;
  std::unique_ptr<Producer> producer_;
};

/// All records up to the end that is asked for first, by partition and offset.
std::vector<Record> read_all(const std::string& topic, Isolation isolation = Isolation::kCommitted);

/// The offset of the first record that is there, and that of the next one to come; for kCommitted the end of what
/// is decided, the last stable offset.
std::int64_t begin_offset(const std::string& topic, std::int32_t partition);
std::int64_t end_offset(const std::string& topic, std::int32_t partition, Isolation isolation = Isolation::kCommitted);
/// Of all partitions.
std::vector<std::int64_t> end_offsets(const std::string& topic, Isolation isolation = Isolation::kCommitted);
int partition_count(const std::string& topic);

struct CommittedOffset {
  std::int64_t offset = 0;
  std::string metadata;

  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};

/// What a group has committed, if anything. Of kCommitted, waits while a transaction that has this offset is open.
std::optional<CommittedOffset> committed_offset(const std::string& group, const std::string& topic,
                                                std::int32_t partition, Isolation isolation = Isolation::kCommitted);
void commit_offset(const std::string& group, const std::string& topic, std::int32_t partition, std::int64_t offset,
                   const std::string& metadata = "");

/// The number of a record whose value is a decimal number.
std::int64_t number_of_value(const Record& record);

/// Expects that the records have `keys` different keys, and that the numbers of each are 1, 2, ... `last` in this
/// order: nothing is lost, doubled, or out of order.
void expect_in_order(const std::vector<Record>& records, std::size_t keys, std::int64_t last,
                     const std::function<std::int64_t(const Record&)>& number_of = number_of_value);

}  // namespace weir::tests::kafka
