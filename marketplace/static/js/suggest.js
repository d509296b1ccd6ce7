// Suggestions under the search box: a combobox (arrows, Enter, Esc) over GET …/suggest?q=, a JSON list of strings.
const PAUSE = 150; // milliseconds of silence before asking

function attach(input) {
  input.dataset.attached = "";
  const list = document.getElementById(input.getAttribute("aria-controls"));
  const live = document.getElementById("live");
  let timer = 0;
  let request = null;
  let active = -1;

  const close = () => {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const mark = (index) => {
    active = index;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === index)));
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[index].id);
  };

  const take = (index) => {
    input.value = list.children[index].textContent;
    close();
    input.form.requestSubmit();
  };

  const show = (texts) => {
    list.replaceChildren(
      ...texts.map((text, index) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${index}`;
        item.setAttribute("role", "option");
        item.textContent = text;
        return item;
      }),
    );
    mark(-1);
    list.hidden = texts.length === 0;
    input.setAttribute("aria-expanded", String(texts.length > 0));
    if (live && texts.length) live.textContent = `${texts.length} 条建议，用上下键选择`;
  };

  const ask = async () => {
    const text = input.value.trim();
    request?.abort();
    if (!text) return close();
    request = new AbortController();
    try {
      const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`, {
        headers: { Accept: "application/json" },
        signal: request.signal,
      });
      if (answer.ok && document.activeElement === input) show(await answer.json());
    } catch {
      // aborted or offline: searching works without suggestions
    }
  };

  const askSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };

  input.addEventListener("input", (event) => !event.isComposing && askSoon());
  input.addEventListener("compositionend", askSoon);
  input.addEventListener("blur", () => setTimeout(close, 100)); // a click on an option comes first
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const index = [...list.children].indexOf(event.target.closest("[role=option]"));
    if (index >= 0) take(index);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter and arrows belong to the input method
    const size = list.children.length;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && active >= 0 && !list.hidden) {
      event.preventDefault();
      take(active);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && size) {
      event.preventDefault();
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(active < 0 && step < 0 ? size - 1 : (active + step + size) % size);
    }
  });
  input.form.addEventListener("submit", close);
}

function attachAll() {
  document.querySelectorAll("[data-suggest]:not([data-attached])").forEach(attach);
}

// Choosing a filter renews the form, so that it carries the filters along.
document.addEventListener("htmx:afterSettle", attachAll);
attachAll();
