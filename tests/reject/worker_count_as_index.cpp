// expects: conversion from 'weir::WorkerCount' to
#include <weir/worker_context.hpp>

int main() {
  const weir::WorkerIndex last = weir::WorkerCount{4};
  return static_cast<int>(last.value);
}
