#include "kafka/relay.hpp"

#include <algorithm>
#include <exception>
#include <future>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/endian/conversion.hpp>

namespace weir::tests::kafka {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kCorrelationBytes = 4;
constexpr std::size_t kCorrelationOfRequest = 4;  // after kind and version, of 2 bytes each
constexpr std::int32_t kMaxFrameBytes = 128 << 20;

const unsigned char* bytes_of(const std::string& body, std::size_t at) {
  if (body.size() < at + kCorrelationBytes) {
    throw std::runtime_error{"a frame that is too short"};
  }
  return reinterpret_cast<const unsigned char*>(body.data()) + at;
}

ApiKey kind_of(const std::string& request) { return ApiKey{boost::endian::load_big_s16(bytes_of(request, 0))}; }

std::int32_t correlation_of_request(const std::string& request) {
  return boost::endian::load_big_s32(bytes_of(request, kCorrelationOfRequest));
}

std::int32_t correlation_of_answer(const std::string& answer) {
  return boost::endian::load_big_s32(bytes_of(answer, 0));
}

// A request or an answer without its length. Throws where the connection ends.
asio::awaitable<std::string> read_frame(tcp::socket& from) {
  unsigned char length[kLengthBytes];
  co_await asio::async_read(from, asio::buffer(length), use_awaitable);
  const std::int32_t size = boost::endian::load_big_s32(length);
  if (size < 0 || size > kMaxFrameBytes) {
    throw std::runtime_error{"a frame of a wrong length"};
  }
  std::string body(static_cast<std::size_t>(size), '\0');
  co_await asio::async_read(from, asio::buffer(body), use_awaitable);
  co_return body;
}

asio::awaitable<void> write_frame(tcp::socket& to, const std::string& body) {
  std::string frame(kLengthBytes, '\0');
  boost::endian::store_big_s32(reinterpret_cast<unsigned char*>(frame.data()), static_cast<std::int32_t>(body.size()));
  frame += body;
  co_await asio::async_write(to, asio::buffer(frame), use_awaitable);
}

tcp::endpoint endpoint_of(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    throw std::invalid_argument{"\"" + address + "\" is not ADDRESS:PORT"};
  }
  return {asio::ip::make_address(address.substr(0, colon)),
          static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))};
}

enum class Fault { kDropRequest, kDropAnswer, kLate, kHold };

struct Rule {
  ApiKey kind;
  Fault fault;
  int nth;
  std::optional<std::chrono::milliseconds> after;
};

/// A client's connection, and the one to the broker that was made for it.
struct Session {
  explicit Session(tcp::socket from) : client{std::move(from)}, broker{client.get_executor()} {}

  void close() {
    boost::system::error_code ignored;
    client.close(ignored);
    broker.close(ignored);
  }

  tcp::socket client;
  tcp::socket broker;
  std::map<std::int32_t, ApiKey> asked;   // by correlation id
  std::set<std::int32_t> never_answered;  // correlation ids
};

}  // namespace

/// Used on its thread alone.
class Relay::Core {
 public:
  Core(const std::string& listen, const std::string& forward)
      : forward_{endpoint_of(forward)}, listen_{endpoint_of(listen)} {
    come_back();
    listen_ = acceptor_.local_endpoint();
    thread_ = std::jthread{[this] { context_.run(); }};
  }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core() { context_.stop(); }

  void add(Rule rule) { rules_.push_back(rule); }

  void release() {
    for (const auto& waits : std::exchange(waiting_, {})) {
      waits->cancel();
    }
  }

  void cut() {
    for (const std::weak_ptr<Session>& weak : std::exchange(sessions_, {})) {
      if (const auto session = weak.lock()) {
        session->close();
      }
    }
  }

  void go_away() {
    acceptor_.close();
    cut();
  }

  void come_back() {
    if (!acceptor_.is_open()) {
      acceptor_ = tcp::acceptor{context_, listen_};
      spawn(accept());
    }
  }

  [[nodiscard]] std::size_t connections() const {
    return static_cast<std::size_t>(std::ranges::count_if(sessions_, [](const auto& one) { return !one.expired(); }));
  }

  asio::io_context context_{1};
  tcp::endpoint forward_;
  tcp::endpoint listen_;
  std::map<ApiKey, std::uint64_t> requests_;
  std::map<ApiKey, std::uint64_t> answers_;
  std::vector<std::string> late_answers_;
  std::size_t faults_ = 0;

 private:
  // A connection that ends is no error here.
  void spawn(asio::awaitable<void> task) {
    asio::co_spawn(context_, std::move(task), [](std::exception_ptr) {});
  }

  asio::awaitable<void> accept() {
    while (true) {
      const auto session = std::make_shared<Session>(co_await acceptor_.async_accept(use_awaitable));
      std::erase_if(sessions_, [](const auto& one) { return one.expired(); });
      sessions_.push_back(session);
      spawn(serve(session));
    }
  }

  asio::awaitable<void> serve(std::shared_ptr<Session> session) {
    try {
      co_await session->broker.async_connect(forward_, use_awaitable);
      spawn(forward_answers(session));
      co_await forward_requests(*session);
    } catch (const std::exception&) {  // one of the two has closed
    }
    session->close();
  }

  asio::awaitable<void> forward_requests(Session& session) {
    while (true) {
      const std::string request = co_await read_frame(session.client);
      const ApiKey kind = kind_of(request);
      const std::optional<Rule> rule = take_rule(kind);
      if (rule) {
        ++faults_;
        switch (rule->fault) {
          case Fault::kDropRequest:
            co_return;
          case Fault::kDropAnswer:
            session.never_answered.insert(correlation_of_request(request));
            break;
          case Fault::kLate:
            spawn(forward_late(request, rule->after));
            co_return;
          case Fault::kHold:
            co_await until_released(std::nullopt);
            break;
        }
      }
      session.asked[correlation_of_request(request)] = kind;
      ++requests_[kind];
      co_await write_frame(session.broker, request);
    }
  }

  asio::awaitable<void> forward_answers(std::shared_ptr<Session> session) {
    try {
      while (true) {
        const std::string answer = co_await read_frame(session->broker);
        const std::int32_t correlation = correlation_of_answer(answer);
        if (session->never_answered.contains(correlation)) {
          break;
        }
        const auto asked = session->asked.extract(correlation);
        if (!asked.empty()) {
          ++answers_[asked.mapped()];
        }
        co_await write_frame(session->client, answer);
      }
    } catch (const std::exception&) {  // one of the two has closed
    }
    session->close();
  }

  asio::awaitable<void> forward_late(std::string request, std::optional<std::chrono::milliseconds> after) {
    co_await until_released(after);
    tcp::socket broker{context_};
    co_await broker.async_connect(forward_, use_awaitable);
    ++requests_[kind_of(request)];
    co_await write_frame(broker, request);
    const std::string answer = co_await read_frame(broker);
    late_answers_.push_back(answer.substr(kCorrelationBytes));
  }

  asio::awaitable<void> until_released(std::optional<std::chrono::milliseconds> after) {
    const auto waits = std::make_shared<asio::steady_timer>(context_, asio::steady_timer::time_point::max());
    if (after) {
      waits->expires_after(*after);
    }
    waiting_.push_back(waits);
    boost::system::error_code cancelled;
    co_await waits->async_wait(asio::redirect_error(use_awaitable, cancelled));
    std::erase(waiting_, waits);
  }

  std::optional<Rule> take_rule(ApiKey kind) {
    const auto hit = std::ranges::find_if(rules_, [&](Rule& rule) { return rule.kind == kind && --rule.nth == 0; });
    if (hit == rules_.end()) {
      return std::nullopt;
    }
    const Rule rule = *hit;
    rules_.erase(hit);
    return rule;
  }

  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  tcp::acceptor acceptor_{context_};
  std::vector<std::weak_ptr<Session>> sessions_;
  std::vector<std::shared_ptr<asio::steady_timer>> waiting_;  // a coroutine and release() both use it
  std::vector<Rule> rules_;
  std::jthread thread_;
};

template <typename Call>
auto Relay::on_thread(Call call) const {
  std::packaged_task<decltype(call(*core_))()> task{[&] { return call(*core_); }};
  auto result = task.get_future();
  asio::post(core_->context_, std::move(task));
  return result.get();
}

template <typename Condition>
bool Relay::becomes_true(Condition condition) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (!on_thread(condition)) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

Relay::Relay(const std::string& listen, const std::string& forward) : core_{std::make_unique<Core>(listen, forward)} {
  const tcp::endpoint bound = on_thread([](Core& core) { return core.listen_; });
  address_ = bound.address().to_string() + ':' + std::to_string(bound.port());
}

Relay::~Relay() = default;

void Relay::drop_request(ApiKey kind, int nth) {
  on_thread([&](Core& core) { core.add({kind, Fault::kDropRequest, nth, std::nullopt}); });
}

void Relay::drop_answer(ApiKey kind, int nth) {
  on_thread([&](Core& core) { core.add({kind, Fault::kDropAnswer, nth, std::nullopt}); });
}

void Relay::make_late(ApiKey kind, std::optional<std::chrono::milliseconds> after, int nth) {
  on_thread([&](Core& core) { core.add({kind, Fault::kLate, nth, after}); });
}

void Relay::hold(ApiKey kind, int nth) {
  on_thread([&](Core& core) { core.add({kind, Fault::kHold, nth, std::nullopt}); });
}

void Relay::release() {
  on_thread([](Core& core) { core.release(); });
}

void Relay::cut() {
  on_thread([](Core& core) { core.cut(); });
}

void Relay::go_away() {
  on_thread([](Core& core) { core.go_away(); });
}

void Relay::come_back() {
  on_thread([](Core& core) { core.come_back(); });
}

std::uint64_t Relay::requests(ApiKey kind) const {
  return on_thread([&](Core& core) { return core.requests_[kind]; });
}

std::uint64_t Relay::answers(ApiKey kind) const {
  return on_thread([&](Core& core) { return core.answers_[kind]; });
}

std::size_t Relay::connections() const {
  return on_thread([](Core& core) { return core.connections(); });
}

bool Relay::wait_for_faults(std::size_t count) const {
  return becomes_true([&](Core& core) { return core.faults_ >= count; });
}

bool Relay::wait_for_late_answers(std::size_t count) const {
  return becomes_true([&](Core& core) { return core.late_answers_.size() >= count; });
}

std::vector<std::string> Relay::late_answers() const {
  return on_thread([](Core& core) { return core.late_answers_; });
}

}  // namespace weir::tests::kafka
