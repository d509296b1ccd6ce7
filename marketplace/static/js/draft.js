// Saves a draft while somebody types: some seconds after a change, and on leaving a field.
// Another window's newer version is never overwritten unasked; without a connection it tries again.
// The form itself waits for a save under way: sent with the version before it, it would be refused.
const PAUSE = 3000;
const RETRY = 8000;

const form = document.querySelector("[data-draft]");
const mark = document.querySelector("[data-autosave]");
const conflict = document.querySelector("[data-draft-conflict]");
const version = document.querySelector("[data-draft-version]");
let timer = 0;
let changed = false;
let saving = false;
let stopped = false;
let held = null; // the form's own sending: { button }

function show(state, at) {
  mark.dataset.state = state;
  mark.className = `autosave autosave-${state}`;
  for (const part of mark.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  if (at) mark.querySelector("[data-at]").textContent = at;
}

function showProblems(counts) {
  for (const [index, link] of document.querySelectorAll("[data-step]").entries()) {
    const count = counts[link.dataset.step] ?? 0;
    link.classList.toggle("done", count === 0);
    link.querySelector(".form-step-mark").textContent = count ? String(index + 1) : "✓";
    link.querySelector("[data-step-problems]").textContent = count ? `还差 ${count} 项` : "已填好";
  }
}

function schedule(pause) {
  clearTimeout(timer);
  timer = setTimeout(save, pause);
}

function typed(overwrite) {
  const data = new FormData(form);
  for (const file of form.querySelectorAll("[type=file]")) data.delete(file.name); // go with the form itself
  if (overwrite) data.set("overwrite", "1");
  return data;
}

async function save(overwrite = false) {
  if (!changed || saving || (stopped && overwrite !== true)) return;
  saving = true;
  changed = false;
  show("saving");
  try {
    const answer = await fetch(form.dataset.autosaveUrl, {
      method: "POST",
      body: typed(overwrite === true),
      headers: { Accept: "application/json" },
    });
    if (answer.status === 409) {
      stopped = true;
      changed = true;
      conflict.hidden = false;
      show("failed");
      return;
    }
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const saved = await answer.json();
    version.value = saved.version;
    stopped = false;
    conflict.hidden = true;
    showProblems(saved.problems ?? {});
    show("saved", saved.at);
    if (changed) schedule(PAUSE);
  } catch {
    changed = true;
    show("failed");
    schedule(RETRY);
  } finally {
    saving = false;
    if (held) form.requestSubmit(held.button);
  }
}

function noteChange(event) {
  if (event.target.type === "file") return;
  changed = true;
  schedule(PAUSE);
}

if (form) {
  form.addEventListener("input", noteChange);
  form.addEventListener("change", noteChange);
  form.addEventListener("focusout", () => schedule(200));
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-row-remove]")) noteChange(event);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    changed = false; // the form saves itself
    held = saving ? { button: event.submitter } : null;
    if (held) event.preventDefault();
  });
  document.querySelector("[data-draft-overwrite]").addEventListener("click", () => {
    changed = true;
    save(true);
  });
  addEventListener("online", () => schedule(0));
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}
