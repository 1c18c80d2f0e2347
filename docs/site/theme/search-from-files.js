// Browsers let a page that was opened as a file neither read the index of the search nor start a worker. Then the index comes
// as a script, and what a worker does is done in a frame.
if (location.protocol === "file:") {
  const base = new URL(".", document.currentScript.src);
  document.write(`<script src="${new URL("search/search_index.js", base)}"></script>`);

  window.Worker = class extends EventTarget {
    constructor(script) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.loaded = new Promise((resolve) => {
        this.frame.addEventListener("load", resolve);
      });
      window.receiveFromFrame = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      this.frame.srcdoc = `<script>
          function importScripts() {}
          window.postMessage = (data) => parent.receiveFromFrame(data);
        </script><script src="${new URL(script, base)}"></script>`;
      document.body.appendChild(this.frame);
    }

    async postMessage(data) {
      await this.loaded;
      this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }
  };
}
