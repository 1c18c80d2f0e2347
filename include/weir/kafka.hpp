#pragma once

// Kafka topics as inputs and outputs. A program that includes it links weir::kafka.

#include "weir/kafka/cluster.hpp"    // IWYU pragma: export
#include "weir/kafka/confluent.hpp"  // IWYU pragma: export
#include "weir/kafka/flags.hpp"      // IWYU pragma: export
#include "weir/kafka/input.hpp"      // IWYU pragma: export
#include "weir/kafka/output.hpp"     // IWYU pragma: export
#include "weir/kafka/record.hpp"     // IWYU pragma: export
#include "weir/kafka/start.hpp"      // IWYU pragma: export
