// The officer's queue: keys J K A R ?, templates put in by a click, and the begun note kept while typing.
const queue = document.querySelector("[data-queue]");
const form = document.getElementById("decision-form");
const note = document.getElementById("note");
const help = document.getElementById("key-help");

function go(address) {
  if (address) location.assign(address);
}

function approve() {
  const button = form?.querySelector("[data-approve]");
  if (!button) return;
  // Words that were begun may be a reason: then the first A only stands on the button.
  if (note.value.trim() && document.activeElement !== button) button.focus();
  else form.requestSubmit(button);
}

const keys = {
  j: () => go(queue.dataset.next),
  k: () => go(queue.dataset.previous),
  a: approve,
  r: () => note?.focus(),
  "?": () => (help.open ? help.close() : help.showModal()),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  if (help.open && event.key !== "?") return;
  const act = keys[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});

if (form && note) {
  const state = form.querySelector("[data-note-state]");
  const version = form.elements.version;
  let kept = note.value;
  let timer = 0;
  let running = null;
  let stopped = false; // somebody else wrote: nothing of theirs is overwritten

  const leaving = new AbortController();

  const say = (text, failed = false) => {
    state.textContent = text;
    state.classList.toggle("autosave-failed", failed);
  };

  const body = () => {
    const data = new FormData();
    data.set("csrf_token", form.elements.csrf_token.value);
    data.set("version", version.value);
    data.set("note", note.value);
    return data;
  };

  const save = async () => {
    if (running || stopped || note.value === kept) return;
    const text = note.value;
    say("正在保存…");
    try {
      running = fetch(form.dataset.noteUrl, {
        method: "POST",
        body: body(),
        headers: { Accept: "application/json" },
        signal: leaving.signal,
      });
      const response = await running;
      const answer = await response.json();
      if (response.ok) {
        version.value = answer.version;
        kept = text;
        say("已保存，离开本页也不会丢失");
      } else {
        stopped = response.status === 409;
        say(answer.message, true);
      }
    } catch {
      say("没有存上，文字仍在本页，稍后会再试", true);
    } finally {
      running = null;
    }
    if (note.value !== kept && !stopped) plan();
  };

  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(save, 800);
  };

  note.addEventListener("input", plan);
  note.addEventListener("blur", save);
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    stopped = true; // the decision carries the words itself
    leaving.abort(); // a note that arrives after the decision would be refused
  });
  addEventListener("pagehide", () => {
    if (stopped || note.value === kept) return;
    navigator.sendBeacon(form.dataset.noteUrl, body());
  });

  form.addEventListener("click", (event) => {
    const template = event.target.closest("[data-template]");
    if (!template) return;
    event.preventDefault();
    note.value = [note.value.trimEnd(), template.textContent.trim()].filter(Boolean).join("\n");
    note.focus();
    note.setSelectionRange(note.value.length, note.value.length);
    plan();
  });
}

// Filters apply when chosen; without JavaScript there is a button.
document.querySelector("[data-autosubmit]")?.addEventListener("change", (event) => event.currentTarget.submit());

// The batch says how many lines are ticked.
const count = document.querySelector("[data-batch-count]");
if (count) {
  const before = count.textContent;
  const tell = () => {
    const ticked = document.querySelectorAll("input[name=item]:checked").length;
    count.textContent = ticked ? `已勾选 ${ticked} 项。每项单独执行，一项不成不影响其余；纠错举报须逐条答复。` : before;
  };
  document.addEventListener("change", (event) => {
    if (event.target.name === "item") tell();
  });
  tell(); // after a refusal they are ticked already
}
