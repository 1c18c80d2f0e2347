#include "coordinator/status_site.hpp"

#include <chrono>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/http/raw_client.hpp"
#include "weir/errors.hpp"

namespace weir::detail::coordinator {
namespace {

using namespace std::chrono_literals;
using http::RawClient;
using status::RunStatus;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AStatusSite : public ::testing::Test {
 protected:
  [[nodiscard]] std::string get(std::string_view path) const {
    RawClient client{site_.endpoint().port};
    client.get(path);
    return client.read_answer();
  }

  static RunStatus run(RunStatus::Phase phase = RunStatus::Phase::kRunning) {
    RunStatus status;
    status.dataflow = "shop";
    status.phase = phase;
    status.elapsed = 2s;
    status.workers.resize(1);
    status.steps.push_back({.id = "in", .op = "input", .workers = {{.items = 12}}});
    return status;
  }

  StatusSite site_{http::Endpoint{}};
};

TEST_F(AStatusSite, IsAliveAndNotReadyBeforeARunHasBegun) {
  EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(get("/dataflow"), StartsWith("HTTP/1.1 503"));
}

TEST_F(AStatusSite, IsReadyWhileARunReads) {
  site_.show(run());
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200"));
  site_.show(run(RunStatus::Phase::kStopping));
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 503"));
  site_.show(run(RunStatus::Phase::kRestarting));
  EXPECT_THAT(get("/readyz"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("restarting")));
  site_.show(run(RunStatus::Phase::kEnded));
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 503"));
}

TEST_F(AStatusSite, HasTheNewestStatusAsJson) {
  site_.show(run());
  EXPECT_THAT(get("/dataflow"), AllOf(HasSubstr("Content-Type: application/json"), HasSubstr(R"("dataflow":"shop")"),
                                      HasSubstr(R"("items_in":12)")));
}

TEST_F(AStatusSite, HasMetricsInTheFormatThatIsAskedFor) {
  site_.show(run());
  EXPECT_THAT(get("/metrics"), AllOf(HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8"),
                                     HasSubstr(R"(weir_step_items_total{dataflow="shop",step="in",worker="0"} 12)")));
  RawClient client{site_.endpoint().port};
  client.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/openmetrics-text;version=1.0.0\r\n\r\n");
  EXPECT_THAT(client.read_answer(),
              AllOf(HasSubstr("Content-Type: application/openmetrics-text; version=1.0.0"), HasSubstr("# EOF")));
}

TEST_F(AStatusSite, SendsEachStatusAsAnEvent) {
  site_.show(run());
  RawClient client{site_.endpoint().port};
  client.get("/events");
  EXPECT_THAT(client.read_through("\n\n"), HasSubstr("text/event-stream"));
  RunStatus later = run();
  later.steps.front().workers.front().items = 13;
  site_.show(later);
  EXPECT_THAT(client.read_through(R"("items_in":13)"), HasSubstr("event: status"));
}

TEST_F(AStatusSite, SendsWhatStepsDoOnEachWorkerSeldomIfThatIsMuch) {
  RunStatus wide = run();
  wide.workers.resize(600);
  wide.steps.front().workers.resize(600);
  site_.show(wide);
  RawClient client{site_.endpoint().port};
  client.get("/events");
  EXPECT_THAT(client.read_through("\n\n"), AllOf(HasSubstr("event: status"), HasSubstr(R"("workers":[{"items")")));
  for (int event = 1; event <= 5; ++event) {
    wide.elapsed += 1s;
    site_.show(wide);
    const std::string sent = client.read_through("\n\n");
    EXPECT_THAT(sent, HasSubstr(event < 5 ? "event: status" : "event: whole"));
    EXPECT_THAT(sent, HasSubstr(event < 5 ? R"("workers":null)" : R"("workers":[{"items")"));
  }
  wide.phase = RunStatus::Phase::kStopping;
  site_.show(wide);
  EXPECT_THAT(client.read_through("\n\n"), HasSubstr("event: whole"));
  EXPECT_THAT(get("/dataflow"), ::testing::Not(HasSubstr(R"("workers":null)")));
}

TEST_F(AStatusSite, HasAPageThatLoadsNothingFromElsewhere) {
  EXPECT_THAT(get("/"),
              AllOf(HasSubstr("Content-Type: text/html"), HasSubstr("default-src 'none'; script-src 'self'")));
}

TEST_F(AStatusSite, TakesNoPortThatIsInUse) { EXPECT_THROW(StatusSite{site_.endpoint()}, UsageError); }

}  // namespace
}  // namespace weir::detail::coordinator
