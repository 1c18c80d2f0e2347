// Numbers as people read them, in the words that weir has for them in a terminal too (src/status/words.cpp).

const kPrefixes = ["", "k", "M", "G", "T", "P", "E"];
const kSpace = "\u00a0";
const kUnknown = "–";

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

function withPrefix(number, unit) {
  let prefix = 0;
  while (number >= 999.5 && prefix + 1 < kPrefixes.length) {
    number /= 1000;
    ++prefix;
  }
  const digits = number.toFixed(prefix > 0 && number < 99.95 ? 1 : 0);
  return prefix === 0 && unit === "" ? digits : digits + kSpace + kPrefixes[prefix] + unit;
}

export const countText = (count) => (isNumber(count) ? withPrefix(count, "") : kUnknown);
export const bytesText = (bytes) => (isNumber(bytes) ? withPrefix(bytes, "B") : kUnknown);
export const percentText = (part) => (isNumber(part) ? Math.round(part * 100) + kSpace + "%" : kUnknown);

/// Items per second: below 10 with a decimal, since they are few.
export function rateText(rate) {
  if (!isNumber(rate)) {
    return kUnknown;
  }
  const few = rate > 0 && rate < 9.95;
  const digits = few ? rate.toFixed(1) : withPrefix(rate, "");
  return digits + (few || rate < 999.5 ? kSpace : "") + "/s";
}

export const bytesRateText = (rate) => (isNumber(rate) ? withPrefix(rate, "B") + "/s" : kUnknown);

function inTwoUnits(seconds, large, largeUnit, small, smallUnit) {
  const whole = Math.floor(seconds / large);
  const rest = Math.floor((seconds - whole * large) / small);
  return whole + kSpace + largeUnit + (rest === 0 ? "" : kSpace + rest + kSpace + smallUnit);
}

export function timeText(seconds) {
  if (!isNumber(seconds)) {
    return kUnknown;
  }
  if (seconds < 0) {
    return "−" + timeText(-seconds);
  }
  if (seconds < 0.001) {
    return "0" + kSpace + "s";
  }
  if (seconds < 1) {
    return Math.floor(seconds * 1000) + kSpace + "ms";
  }
  if (seconds < 10 && seconds % 1 >= 0.1) {
    return Math.floor(seconds * 10) / 10 + kSpace + "s";
  }
  if (seconds < 60) {
    return Math.floor(seconds) + kSpace + "s";
  }
  if (seconds < 3600) {
    return inTwoUnits(seconds, 60, "min", 1, "s");
  }
  return seconds < 86400 ? inTwoUnits(seconds, 3600, "h", 60, "min") : inTwoUnits(seconds, 86400, "d", 3600, "h");
}

/// Seconds since 1970 of a time of the status; NaN if there is none, or it is the least or the greatest of all: then a
/// watermark promises nothing yet, or all items have come.
export function secondsOf(time) {
  if (typeof time !== "string") {
    return NaN;
  }
  const seconds = Date.parse(time.replace(/(\.\d{3})\d+/, "$1")) / 1000;
  const kAlmostMax = 9.2e9;
  return Math.abs(seconds) < kAlmostMax ? seconds : NaN;
}

/// `08:02:10` of a moment, by the clock of the reader.
export function clockText(seconds) {
  return isNumber(seconds) ? new Date(seconds * 1000).toLocaleTimeString([], { hour12: false }) : kUnknown;
}

/// `1 worker`, `3 workers`.
export const numberOf = (count, noun) => `${count}${kSpace}${noun}${count === 1 ? "" : "s"}`;

/// `0, 2, 5 and 14 more`.
export function someOf(items, most) {
  const shown = items.slice(0, most).join(", ");
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}
