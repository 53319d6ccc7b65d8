/* Talking: what was said shows at once, the answer's words stream in, Enter sends. Without scripts the form posts. */
(() => {
  const form = document.querySelector("[data-chat-form]");
  const thread = document.getElementById("thread");
  if (!form || !thread) return;
  const box = form.querySelector("textarea");
  const openers = document.getElementById("openers");
  const waiting = document.getElementById("waiting");

  function grow() {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 160)}px`;
  }

  function comeIntoView(turn) { turn.scrollIntoView({ block: "start" }); }

  function streamWords(turn) {
    const words = turn.querySelector(".words");
    const source = new EventSource(turn.dataset.stream);
    delete turn.dataset.stream;
    words.textContent = "";
    words.classList.add("is-streaming");
    const stop = () => { source.close(); words.classList.remove("is-streaming"); words.setAttribute("aria-busy", "false"); };
    source.addEventListener("message", (event) => { words.append(JSON.parse(event.data)); });
    source.addEventListener("done", (event) => {
      stop();
      const open = turn.querySelector("[data-guesses]");
      if (open) window.htmx?.trigger(open, "worded");
      const author = turn.querySelector("[data-author]");
      const by = JSON.parse(event.data).by;
      if (!author || !by || by === "template") return;
      author.textContent = `Written by ${by} and checked against the facts`;
      author.hidden = false;
    });
    source.addEventListener("error", () => {
      stop();
      if (!words.textContent) words.textContent = "The text did not arrive. The suggestions below are complete; reload the page to get the text.";
    });
  }

  function streamAll() { thread.querySelectorAll("[data-stream]").forEach(streamWords); }

  function showWaiting(said) {
    const turn = waiting.content.firstElementChild.cloneNode(true);
    turn.querySelector(".said").textContent = said;
    thread.append(turn);
    if (openers) openers.hidden = true;
    comeIntoView(turn);
  }

  function dropWaiting() { thread.querySelectorAll(".waiting").forEach((turn) => turn.remove()); }

  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (box.value.trim()) form.requestSubmit();
  });
  document.querySelector("[data-chat-openers]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    box.value = event.submitter?.value ?? "";
    if (box.value) form.requestSubmit();
  });

  form.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== form) return;
    showWaiting(box.value.trim());
    box.dataset.said = box.value;
    box.value = "";
    grow();
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== form) return;
    dropWaiting();
    if (event.detail.successful) {
      const turn = thread.lastElementChild;
      if (turn) comeIntoView(turn);
      history.replaceState(null, "", `?thread=${thread.dataset.thread}`);
    } else {
      box.value = box.dataset.said ?? "";
      grow();
    }
    box.focus({ preventScroll: true });
  });
  document.addEventListener("htmx:afterSwap", streamAll);

  streamAll();
  if (thread.lastElementChild) comeIntoView(thread.lastElementChild);
})();
