/* The frame: theme, toasts, menus, what htmx does when an answer is an error, and the service worker. */
(() => {
  const THEMES = ["system", "light", "dark"];
  const ICON_OF = { system: "auto", light: "sun", dark: "moon" };
  const TOAST_MS = 7000;

  function readTheme() {
    try { return localStorage.getItem("theme") ?? "system"; } catch { return "system"; }
  }

  function showTheme(theme) {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      const use = button.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICON_OF[theme]}`));
      const label = button.querySelector("[data-theme-label]");
      if (label) label.textContent = `Theme: ${theme}`;
    }
  }

  function turnTheme() {
    const next = THEMES[(THEMES.indexOf(readTheme()) + 1) % THEMES.length];
    try { localStorage.setItem("theme", next); } catch { /* lasts for this page only */ }
    showTheme(next);
  }

  function letFade(toast) {
    if (toast.dataset.fading) return;
    toast.dataset.fading = "1";
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 1500) : toast.remove());
    setTimeout(leave, TOAST_MS);
  }

  function watchToasts() {
    const box = document.getElementById("toasts");
    if (!box) return;
    const arrive = () => {
      const toasts = [...box.querySelectorAll(".toast")];
      toasts.slice(0, -3).forEach((old) => old.remove());
      toasts.filter((toast) => "fades" in toast.dataset).forEach(letFade);
    };
    new MutationObserver(arrive).observe(box, { childList: true, subtree: true });
    arrive();
  }

  function say(text) {
    const box = document.getElementById("toasts");
    const toast = document.createElement("div");
    toast.className = "toast error";
    const words = document.createElement("p");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.dataset.close = "";
    close.textContent = "Close";
    toast.append(words, close);
    box?.append(toast);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) turnTheme();
    event.target.closest("[data-close]")?.closest(".toast")?.remove();
    // The browser's own way back keeps what was written in the form; the link is for when there is none.
    if (event.target.closest("[data-back]") && history.length > 1) { event.preventDefault(); history.back(); }
    for (const menu of document.querySelectorAll("details.more[open], details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of document.querySelectorAll("details.more[open], details.menu[open]")) {
        const had = menu.contains(document.activeElement);
        menu.open = false;
        if (had) menu.querySelector("summary").focus(); // not lost with what it was in
      }
    }
    const typing = event.target.matches?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      const box = document.querySelector("input[type=search]");
      event.preventDefault();
      if (box) box.focus();
      else location.href = document.querySelector('.side a[href*="search"]')?.href ?? "/search";
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // A message whose Undo was pressed goes once the answer is there: htmx needs its form until then.
  document.addEventListener("htmx:afterRequest", (event) => event.target.closest?.(".toast")?.remove());
  // Two quick clicks in one row: the first answer took the second click's form away, its message is shown all the same.
  document.addEventListener("htmx:oobErrorNoTarget", (event) => {
    const box = document.getElementById("toasts");
    for (const toast of event.detail.content.querySelectorAll(".toast")) {
      box.append(toast);
      window.htmx.process(toast);
    }
  });

  // <form data-busy="Loading…">: what takes a while says so on its button and cannot be sent twice.
  document.addEventListener("submit", (event) => {
    const words = event.target.dataset.busy;
    const button = event.target.querySelector("button[type=submit]");
    if (!words || !button) return;
    button.textContent = words;
    button.setAttribute("aria-busy", "true");
    setTimeout(() => { button.disabled = true; });
  });

  // The server names where an error's sentence goes; anything else that fails is said in one of our own.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400) return;
    const placed = xhr.getResponseHeader("HX-Retarget");
    event.detail.shouldSwap = Boolean(placed);
    event.detail.isError = false;
    if (!placed) say("That did not work. Reload the page and try again.");
  });
  document.addEventListener("htmx:sendError", () => say("mediarec does not answer. Is it still running?"));
  document.addEventListener("htmx:timeout", () => say("That took too long. Try again in a moment."));

  // A picture whose file is gone leaves a drawn tile instead of a broken frame. Errors of pictures do not bubble.
  document.addEventListener("error", (event) => {
    const tile = event.target.closest?.(".tile");
    if (!tile || event.target.tagName !== "IMG") return;
    event.target.remove();
    tile.classList.add("drawn");
  }, true);

  showTheme(readTheme());
  watchToasts();
  const worker = document.body.dataset.serviceWorker;
  if (worker && "serviceWorker" in navigator && window.isSecureContext) navigator.serviceWorker.register(worker);
})();
