// One step, on each worker.

import { element, makeBar, makeTable, setBar, setText } from "./elements.js";
import { bytesText, countText, percentText, rateText, timeText } from "./words.js";

export class Detail {
  constructor(panel, onClose) {
    this.panel = panel;
    this.step = null;
    const heading = element("div", "heading", panel);
    this.title = element("h3", "", heading);
    this.what = element("p", "what", heading);
    const close = element("button", "", heading);
    close.type = "button";
    setText(close, "Close");
    close.addEventListener("click", onClose);
    const scroll = element("div", "scroll", panel);
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "The step on each worker");
    const columns = [
      ["", "number"], ["Items", "size"], ["Rate", "size"], ["Time", "read"], ["Own code", "size"],
      ["Serializes", "size"], ["Deserializes", "size"], ["Keys", "size"], ["State", "size"]
    ];
    this.rows = makeTable(element("table", "on-workers", scroll), "The step on each worker", columns, (cells) => ({
      percent: element("span", "percent", cells[3]),
      bar: makeBar(cells[3]),
    }));
  }

  show(step) {
    this.step = step;
    this.panel.hidden = step === null;
  }

  update(status) {
    const step = status.steps[this.step];
    if (step === undefined) {
      this.show(null);
      return;
    }
    setText(this.title, step.id);
    const share = `${percentText(step.busy_share)} of the time of all workers`;
    setText(this.what, `${step.op}, stage ${step.stage}: ${rateText(step.items_per_second)}, ${share}`);
    this.rows.fill(step.workers, (row, here, index) => {
      const texts = [
        String(index), countText(here.items), rateText(here.items_per_second), null, timeText(here.working_seconds),
        timeText(here.serializing_seconds), timeText(here.deserializing_seconds), countText(here.keys_held),
        bytesText(here.state_bytes)
      ];
      texts.forEach((text, at) => text !== null && setText(row.cells[at], text));
      setText(row.percent, percentText(here.busy_share));
      setBar(row.bar, here.busy_share);
    });
  }
}
