// The events of the run: a status each second.

const kSilent = 5000;  // milliseconds without a status, after which the connection counts as lost
const kRetry = 2000;

export class Feed {
  /// `onStatus` gets the JSON, and returns the phase of the run; `onState` one of `connecting`, `live`, `lost`,
  /// `restarting` and `ended`, when it changes.
  constructor(url, onStatus, onState) {
    this.url = url;
    this.onStatus = onStatus;
    this.onState = onState;
    this.enter("connecting");
    this.open();
    this.watch =
        setInterval(() => this.state === "live" && performance.now() - this.last > kSilent && this.enter("lost"), 1000);
  }

  enter(state) {
    if (state !== this.state) {
      this.state = state;
      this.onState(state);
    }
  }

  open() {
    this.source = new EventSource(this.url);
    for (const name of ["status", "whole"]) {
      this.source.addEventListener(name, (event) => this.take(event.data));
    }
    this.source.addEventListener("error", () => this.onError());
  }

  take(text) {
    this.last = performance.now();
    let phase;
    try {
      phase = this.onStatus(text);
    } catch (error) {
      console.error("a status could not be read:", error);
      return;
    }
    this.enter(phase === "ended" || phase === "restarting" ? phase : "live");
  }

  // A browser connects again by itself, unless the server answered with something else than events.
  onError() {
    if (this.state === "ended") {  // and so has the program
      this.source.close();
      clearInterval(this.watch);
      return;
    }
    this.enter(this.last === undefined ? "connecting" : "lost");
    if (this.source.readyState === EventSource.CLOSED) {
      setTimeout(() => this.open(), kRetry);
    }
  }
}
