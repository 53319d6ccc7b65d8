/* Shelves: arrow buttons and arrow keys. Delegated, so rows that htmx brings later work too. */
(() => {
  const items = (shelf) => shelf.querySelector(".shelf-items");

  function refreshArrows(shelf) {
    const row = items(shelf);
    const arrows = shelf.querySelector(".shelf-arrows");
    if (!row || !arrows) return;
    const room = row.scrollWidth - row.clientWidth;
    arrows.hidden = room < 8;
    arrows.querySelector('[data-scroll="-1"]').disabled = row.scrollLeft < 8;
    arrows.querySelector('[data-scroll="1"]').disabled = row.scrollLeft > room - 8;
  }

  function refreshAll() { document.querySelectorAll("[data-shelf]").forEach(refreshArrows); }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scroll]");
    const shelf = button?.closest("[data-shelf]");
    if (!shelf) return;
    items(shelf).scrollBy({ left: Number(button.dataset.scroll) * items(shelf).clientWidth * 0.85 });
  });

  // Left and right go from card to card; up and down are the page's.
  document.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    const row = event.target.closest?.(".shelf-items");
    const card = event.target.closest?.(".card");
    if (!row || !card || event.target.matches("input, textarea, select")) return;
    const cards = [...row.querySelectorAll(":scope > .card")];
    const at = cards.indexOf(card);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: cards.length - 1 }[event.key];
    const link = cards[next]?.querySelector(".card-title");
    if (!link) return;
    event.preventDefault();
    link.focus({ preventScroll: true });
    cards[next].scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // A row drawn anew stays where it was scrolled to, and the keyboard stays at the same place in it.
  let before = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.target;
    if (!row?.matches?.(".shelf-items")) return;
    const cards = [...row.querySelectorAll(":scope > .card")];
    before = { row, left: row.scrollLeft, at: cards.findIndex((card) => card.contains(document.activeElement)) };
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!before) return;
    const { row, left, at } = before;
    before = null;
    row.style.scrollBehavior = "auto";
    row.scrollLeft = left;
    row.style.scrollBehavior = "";
    if (at >= 0 && document.activeElement === document.body) {
      const cards = row.querySelectorAll(":scope > .card");
      cards[Math.min(at, cards.length - 1)]?.querySelector(".card-title")?.focus({ preventScroll: true });
    }
  });

  document.addEventListener("scroll", (event) => {
    const shelf = event.target.closest?.("[data-shelf]");
    if (shelf) refreshArrows(shelf);
  }, { capture: true, passive: true });
  window.addEventListener("resize", refreshAll, { passive: true });
  document.addEventListener("htmx:load", refreshAll);
  refreshAll();
})();
