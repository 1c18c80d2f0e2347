#include "coordinator/json_line.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace weir::detail::coordinator {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::system_clock::time_point kTime{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 9h +
                                                      5ms};

TEST(ALineOfAJsonLog, HasTimeLevelDataflowAndMessage) {
  EXPECT_EQ(json_line(kTime, "warn", "shop", "two \"keys\"\nare open"),
            "{\"time\":\"2026-03-01T09:00:00.005Z\",\"level\":\"warn\",\"dataflow\":\"shop\","
            "\"message\":\"two \\\"keys\\\"\\nare open\"}\n");
}

TEST(ALineOfAJsonLog, IsUtf8WhateverTheMessageIs) {
  const std::string line =
      json_line(kTime, "info", "shop", std::string{"a\xFF\xC3", 3} + std::string(1, '\0') + "\xC3\xA4");
  EXPECT_NE(line.find("\"a\xEF\xBF\xBD\xEF\xBF\xBD\\u0000\xC3\xA4\""), std::string::npos) << line;
}

}  // namespace
}  // namespace weir::detail::coordinator
