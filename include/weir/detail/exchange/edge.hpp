#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/exchange/outbox.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/mark.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::exchange {

/// How items reach other workers.
enum class ExchangeMode : std::uint8_t {
  kCereal,  ///< serialized, as between processes
  kMove,    ///< moved, to measure the cost of serialization
};

/// The direct lane of an edge from a worker to itself: a call instead of the channel. Open only while nothing is
/// queued in that channel and alignment does not block it, so that the edge stays first in, first out.
class DirectLane {
 public:
  explicit DirectLane(runtime::Gate& receiving_stage) : gate_{&receiving_stage} {}

  [[nodiscard]] bool open() const noexcept { return !queued_ && !held_ && gate_->feedable(); }
  [[nodiscard]] bool queued() const noexcept { return queued_; }
  void set_queued(bool queued) noexcept { queued_ = queued; }
  void set_held(bool held) noexcept { held_ = held; }

 private:
  runtime::Gate* gate_;
  bool queued_ = false;
  bool held_ = false;
};

class Packer;
class PacketTaker;
class Shard;

/// Which workers an edge leads to.
enum class Reach : std::uint8_t {
  kOwn,    ///< items stay on their worker
  kByKey,  ///< to the owner of the key
  kFirst,  ///< to the first worker
  kTurns,  ///< to all in turn
  kAll,    ///< to all, a copy each
};

/// The parts of a sending end.
struct SenderParts {
  const runtime::StepSite& site;  ///< the receiving step, in the sending stage
  ExchangeMode mode;
  DirectLane& lane;
  runtime::ReceiverBase& direct;   ///< the receiving step on this worker
  std::vector<Channel*> channels;  ///< to every worker; on a local edge to this one alone
  std::size_t depth;               ///< buffers in flight at once, for each channel
  std::size_t buffer_bytes;
  /// The worker's shard, on an edge by key that stays on its worker; null: the worker has none.
  const Shard* shard = nullptr;

  /// Whether items to this worker cross unserialized rather than as bytes.
  [[nodiscard]] bool moves(std::uint32_t to) const noexcept {
    return channels.size() == 1 || mode == ExchangeMode::kMove || to == site.worker.index.value;
  }
};

/// The sending end of an edge on one worker: an outbox to every worker that it reaches.
class EdgeSender {
 public:
  /// @param make_block  makes a buffer of items
  EdgeSender(const SenderParts& parts, Outbox::MakeBuffer make_block);
  EdgeSender(const EdgeSender&) = delete;
  EdgeSender& operator=(const EdgeSender&) = delete;
  virtual ~EdgeSender();

  /// The receiver that the sending step pushes into.
  [[nodiscard]] virtual runtime::ReceiverBase& receiver() = 0;

  [[nodiscard]] std::vector<Outbox>& outboxes() noexcept { return outboxes_; }
  [[nodiscard]] const std::vector<Outbox>& outboxes() const noexcept { return outboxes_; }

  /// The receiving step, as the sending stage sees it.
  [[nodiscard]] const runtime::StepSite& site() const noexcept { return site_; }

  /// Sends the items that it holds back to sort them; returns whether there were any.
  virtual bool sort_out() = 0;

  /// Sends the folds that it holds, as a cursor. A barrier must find none: no snapshot has them.
  virtual runtime::Closing close();

  /// Sends all buffers that are not full yet; returns whether there were any.
  bool flush();

  /// Sends a mark to every worker. Items after it must not overtake it by the direct lane.
  void send(runtime::Mark mark);

  /// The same to the worker of one outbox alone.
  void send_to(std::size_t outbox, runtime::Mark mark);

 protected:
  runtime::StepSite site_;
  std::vector<Outbox> outboxes_;
  DirectLane* lane_;
};

/// The receiving end of an edge on one worker: reads buffers and pushes their items into the step.
class EdgeReceiver {
 public:
  explicit EdgeReceiver(const runtime::StepSite& site);
  EdgeReceiver(const EdgeReceiver&) = delete;
  EdgeReceiver& operator=(const EdgeReceiver&) = delete;
  virtual ~EdgeReceiver();

  /// Pushes the buffer's items while the stage may be fed; true when none is left.
  /// @param serialized  whether the buffer holds bytes or items
  virtual bool drain(codec::Buffer& buffer, bool serialized, runtime::Gate& gate) = 0;

 protected:
  runtime::StepSite site_;
};

/// Makes both ends of one edge on each worker. The typed implementation knows the items.
class EdgeFactory {
 public:
  EdgeFactory() = default;
  EdgeFactory(const EdgeFactory&) = delete;
  EdgeFactory& operator=(const EdgeFactory&) = delete;
  virtual ~EdgeFactory() = default;

  [[nodiscard]] virtual Reach reach() const = 0;
  /// Whether items stay on their worker, so that the edge has no channels to the others.
  [[nodiscard]] bool local() const { return reach() == Reach::kOwn; }
  /// Whether the keys of an edge by key have a place among shards.
  [[nodiscard]] virtual bool has_shard_key() const = 0;
  [[nodiscard]] virtual std::unique_ptr<EdgeSender> make_sender(const SenderParts& parts) const = 0;
  [[nodiscard]] virtual std::unique_ptr<EdgeReceiver> make_receiver(runtime::ReceiverBase& to,
                                                                    const runtime::StepSite& site) const = 0;

  // An edge by key may leave the process.

  /// What its items are, as a shape; empty of an edge that cannot leave.
  [[nodiscard]] virtual std::string shape() const = 0;
  /// @return  null of an edge that cannot leave
  [[nodiscard]] virtual std::unique_ptr<Packer> make_packer(const runtime::StepSite& site, std::uint32_t shards,
                                                            PacketTaker& to) const = 0;
};

}  // namespace weir::detail::exchange
