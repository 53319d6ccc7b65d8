/* Dropping files: the zone takes them, shows their names, and sends them with a progress bar. Without scripts the form posts. */
(() => {
  const form = document.querySelector("[data-drop]");
  if (!form) return;
  const input = form.querySelector("[data-drop-input]");
  const chosen = form.querySelector("[data-drop-chosen]");
  const progress = form.querySelector("[data-drop-progress]");
  const problem = form.querySelector("[data-drop-problem]");
  const send = form.querySelector("[data-drop-send]");
  let depth = 0;

  function sizeOf(bytes) {
    return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  }

  function showChosen() {
    chosen.replaceChildren(...[...input.files].map((file) => {
      const line = document.createElement("li");
      line.textContent = `${file.name}, ${sizeOf(file.size)}`;
      return line;
    }));
  }

  function say(sentence) {
    problem.textContent = sentence;
    problem.hidden = !sentence;
  }

  function upload() {
    const request = new XMLHttpRequest();
    say("");
    progress.hidden = false;
    send.disabled = true;
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.round((100 * event.loaded) / event.total);
      progress.querySelector("progress").value = percent;
      progress.querySelector("[data-drop-percent]").textContent = `${percent} %`;
      if (percent === 100) progress.querySelector("[data-drop-words]").textContent = "Uploaded, reading it";
    });
    const stop = (sentence) => { progress.hidden = true; send.disabled = false; say(sentence); };
    request.addEventListener("error", () => stop("The connection was lost during the upload. Try again."));
    request.addEventListener("load", () => {
      if (request.status < 400) { location.href = request.responseURL; return; }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      stop(page.querySelector("main [role=alert] p")?.textContent ?? "The files could not be uploaded. Try again.");
    });
    request.open("POST", form.action);
    request.send(new FormData(form));
  }

  form.classList.add("is-live");
  input.addEventListener("change", () => { showChosen(); if (input.files.length) upload(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); if (input.files.length) upload(); });
  form.addEventListener("dragenter", (event) => { event.preventDefault(); depth += 1; form.classList.add("is-over"); });
  form.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) { depth = 0; form.classList.remove("is-over"); } });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    form.classList.remove("is-over");
    if (!event.dataTransfer.files.length) { say("A folder cannot be dropped here. Zip it, or name it below."); return; }
    input.files = event.dataTransfer.files;
    showChosen();
    upload();
  });
  // A file dropped beside the zone must not replace the page.
  for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
})();
