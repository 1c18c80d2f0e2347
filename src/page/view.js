// Pan and zoom of the graph, by mouse, keyboard and touch.

const kLeast = 0.05;
const kMost = 2.5;
const kReadable = 0.55;  // below, only names and shares are shown
const kMargin = 12;

export class View {
  constructor(svg, inside) {
    this.svg = svg;
    this.inside = inside;
    this.size = { width: 1, height: 1 };
    this.fitted = true;
    this.pointers = new Map();
    this.moved = false;
    this.show(0, 0, 1);
    svg.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.onDown(event));
    svg.addEventListener("pointermove", (event) => this.onMove(event));
    for (const name of ["pointerup", "pointercancel"]) {
      svg.addEventListener(name, (event) => this.onUp(event));
    }
    svg.addEventListener("keydown", (event) => event.target === svg && this.onKey(event));
    new ResizeObserver(() => this.fitted && this.fit()).observe(svg);
  }

  show(x, y, scale) {
    this.x = x;
    this.y = y;
    this.scale = scale;
    this.inside.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.svg.classList.toggle("far", scale < kReadable);
    this.svg.classList.toggle("moved", !this.fitted);
  }

  /// The size of all that there is to see.
  setSize(width, height) {
    this.size = { width, height };
    if (this.fitted) {
      this.fit();
    }
  }

  fit() {
    const { width, height } = this.svg.getBoundingClientRect();
    if (width === 0 || height === 0) {
      return;
    }
    const fits = Math.min((width - 2 * kMargin) / this.size.width, (height - 2 * kMargin) / this.size.height);
    const scale = Math.min(Math.max(fits, kLeast), 1.15);
    this.fitted = true;
    this.show((width - this.size.width * scale) / 2, (height - this.size.height * scale) / 2, scale);
  }

  pan(x, y) {
    this.fitted = false;
    this.show(this.x + x, this.y + y, this.scale);
  }

  /// Around a point of the svg; its middle if none is given.
  zoom(factor, x = this.svg.getBoundingClientRect().width / 2, y = this.svg.getBoundingClientRect().height / 2) {
    const scale = Math.min(Math.max(this.scale * factor, kLeast), kMost);
    const by = scale / this.scale;
    this.fitted = false;
    this.show(x - (x - this.x) * by, y - (y - this.y) * by, scale);
  }

  /// Moves the view so that a box is in it, large enough to read.
  reveal({ x, y, width, height }) {
    const view = this.svg.getBoundingClientRect();
    const left = this.x + x * this.scale;
    const top = this.y + y * this.scale;
    const inView =
        left >= 0 && top >= 0 && left + width * this.scale <= view.width && top + height * this.scale <= view.height;
    if (inView && this.scale >= kReadable) {
      return;
    }
    const scale = Math.max(this.scale, 0.8);
    this.fitted = false;
    this.show(view.width / 2 - (x + width / 2) * scale, view.height / 2 - (y + height / 2) * scale, scale);
  }

  // A wheel scrolls the page until the graph was clicked, or Ctrl is down, as it is when two fingers pinch a touchpad.
  onWheel(event) {
    if (!event.ctrlKey && !event.metaKey && !this.svg.contains(document.activeElement)) {
      return;
    }
    event.preventDefault();
    const { left, top } = this.svg.getBoundingClientRect();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    this.zoom(
        Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), event.clientX - left, event.clientY - top);
  }

  onDown(event) {
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.moved = this.pointers.size > 1;
    this.travelled = 0;
  }

  onMove(event) {
    const last = this.pointers.get(event.pointerId);
    if (last === undefined) {
      return;
    }
    const here = { x: event.clientX, y: event.clientY };
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    this.travelled += Math.hypot(here.x - last.x, here.y - last.y);
    if (this.travelled > 4 && !this.moved) {
      this.moved = true;
      this.svg.setPointerCapture(event.pointerId);
    }
    this.pointers.set(event.pointerId, here);
    if (others.length === 0 && this.moved) {
      this.pan(here.x - last.x, here.y - last.y);
    } else if (others.length === 1) {
      const { left, top } = this.svg.getBoundingClientRect();
      const apart = (at) => Math.hypot(at.x - others[0].x, at.y - others[0].y);
      this.pan((here.x - last.x) / 2, (here.y - last.y) / 2);
      this.zoom(
          apart(here) / Math.max(apart(last), 1), (here.x + others[0].x) / 2 - left, (here.y + others[0].y) / 2 - top);
    }
  }

  onUp(event) {
    this.pointers.delete(event.pointerId);
    setTimeout(() => (this.moved = false));  // after the click that a drag ends with
  }

  onKey(event) {
    const kStep = 60;
    const keys = {
      ArrowLeft: () => this.pan(kStep, 0),
      ArrowRight: () => this.pan(-kStep, 0),
      ArrowUp: () => this.pan(0, kStep),
      ArrowDown: () => this.pan(0, -kStep),
      "+": () => this.zoom(1.25),
      "=": () => this.zoom(1.25),
      "-": () => this.zoom(0.8),
      0: () => this.fit(),
    };
    if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      keys[event.key]();
    }
  }
}
