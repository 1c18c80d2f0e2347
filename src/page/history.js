// The numbers of the last 15 minutes: rings of 900 points, however long the page is open.

export const kPoints = 900;
export const kSpan = 900;  // seconds

export class History {
  constructor() {
    this.clear();
  }

  clear() {
    this.times = new Float64Array(kPoints);
    this.series = new Map();
    this.length = 0;
    this.next = 0;
  }

  /// Begins the next point. Series that get no value have none there.
  begin(time) {
    this.at = this.next;
    this.next = (this.next + 1) % kPoints;
    this.length = Math.min(this.length + 1, kPoints);
    this.times[this.at] = time;
    for (const values of this.series.values()) {
      values[this.at] = NaN;
    }
  }

  set(name, value) {
    let values = this.series.get(name);
    if (values === undefined) {
      values = new Float32Array(kPoints).fill(NaN);
      this.series.set(name, values);
    }
    values[this.at] = typeof value === "number" ? value : NaN;
  }

  get latest() {
    return this.length === 0 ? NaN : this.times[this.at];
  }

  /// Calls `use(time, value)` for each point of the last 15 minutes, oldest first.
  each(name, use) {
    const values = this.series.get(name);
    if (values === undefined) {
      return;
    }
    for (let age = this.length - 1; age >= 0; --age) {
      const index = (this.at - age + kPoints) % kPoints;
      const before = this.latest - this.times[index];
      if (before <= kSpan && before >= 0) {
        use(this.times[index], values[index]);
      }
    }
  }
}
