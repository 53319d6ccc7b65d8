/* Playlists: entries are dragged by their grip with a pointer (the buttons do the same by keyboard); a form that takes long says so. */
(() => {
  let dragged = null;

  function rowUnder(list, y) {
    return [...list.children].find((row) => {
      const { top, height } = row.getBoundingClientRect();
      return row !== dragged && y > top && y < top + height;
    });
  }

  function follow(event) {
    if (!dragged) return;
    const list = dragged.parentElement;
    const under = rowUnder(list, event.clientY);
    if (under) {
      const rows = [...list.children];
      if (rows.indexOf(under) > rows.indexOf(dragged)) under.after(dragged);
      else under.before(dragged);
    }
    if (event.clientY < 90) window.scrollBy(0, -12);
    if (event.clientY > window.innerHeight - 90) window.scrollBy(0, 12);
  }

  function keepOrder(list) {
    const form = document.getElementById("order");
    form.querySelectorAll("[name=item]").forEach((old) => old.remove());
    for (const row of list.children) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "item";
      field.value = row.dataset.item;
      form.append(field);
    }
    form.dispatchEvent(new Event("reordered"));
  }

  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    dragged = grip.closest(".entry");
    dragged.dataset.from = [...dragged.parentElement.children].indexOf(dragged);
    dragged.classList.add("is-dragged");
  });
  document.addEventListener("pointermove", follow);
  for (const kind of ["pointerup", "pointercancel"]) {
    document.addEventListener(kind, () => {
      if (!dragged) return;
      const list = dragged.parentElement;
      const moved = [...list.children].indexOf(dragged) !== Number(dragged.dataset.from);
      dragged.classList.remove("is-dragged");
      dragged = null;
      if (moved) keepOrder(list);
    });
  }

  // htmx keeps the focus by id; a button that is now disabled hands it to its neighbour.
  document.addEventListener("htmx:afterSettle", () => {
    const at = document.activeElement;
    if (at?.disabled) at.closest(".entry-acts")?.querySelector("button:not(:disabled)")?.focus();
  });
})();
