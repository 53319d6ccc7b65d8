/* Runs before the first paint, so that a chosen theme never flashes. The buttons are wired in app.js. */
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch { /* no storage: the system's theme it is */ }
})();
