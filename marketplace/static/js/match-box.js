// The match box: tabs over the radio buttons, examples, character count, Ctrl+Enter, busy state, answers after "back".
const LIMIT = 20000;
const box = document.querySelector("[data-match-box]");

if (box) {
  const text = box.querySelector("textarea");
  const tabs = [...box.querySelectorAll("[role=tab]")];
  const panel = box.querySelector("[role=tabpanel]");
  const count = box.querySelector("[data-count]");
  const submit = box.querySelector("[type=submit]");
  const busy = box.querySelector("[data-busy]");
  const answer = document.getElementById("match-answer");
  let ticker = 0;

  const choose = (direction, focus) => {
    for (const tab of tabs) {
      const selected = tab.dataset.direction === direction;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      if (!selected) continue;
      panel.setAttribute("aria-labelledby", tab.id);
      text.placeholder = tab.dataset.placeholder;
      if (focus) tab.focus();
    }
    box.querySelector(`input[name=direction][value="${direction}"]`).checked = true;
  };

  const showCount = () => {
    const length = Array.from(text.value).length;
    const number = length.toLocaleString("en-US");
    count.classList.toggle("over", length > LIMIT);
    count.hidden = length === 0;
    count.textContent = length > LIMIT ? `${number} 字，只读取前 20,000 字` : `${number} / 20,000 字`;
  };

  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => choose(tab.dataset.direction, false));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -index, End: tabs.length - 1 - index }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      choose(tabs[(index + step + tabs.length) % tabs.length].dataset.direction, true);
    });
  });

  text.addEventListener("input", () => {
    showCount();
    text.removeAttribute("aria-invalid");
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    box.requestSubmit(submit);
  });

  // Without JavaScript an example is a form of its own that is sent at once; here it fills the box.
  for (const example of document.querySelectorAll("[data-example]")) {
    example.addEventListener("submit", (event) => {
      event.preventDefault();
      choose(example.elements.direction.value, false);
      text.value = example.elements.text.value;
      showCount();
      text.focus();
    });
  }

  const rest = () => {
    clearInterval(ticker);
    box.removeAttribute("aria-busy");
    submit.removeAttribute("aria-disabled");
  };

  box.addEventListener("htmx:beforeRequest", () => {
    const start = Date.now();
    const tick = () => {
      const seconds = Math.floor((Date.now() - start) / 1000);
      busy.textContent = seconds < 2 ? "正在逐句比对…" : `正在逐句比对，已用 ${seconds} 秒`;
    };
    tick();
    ticker = setInterval(tick, 1000);
    box.setAttribute("aria-busy", "true");
    submit.setAttribute("aria-disabled", "true");
  });
  box.addEventListener("htmx:afterRequest", rest);
  box.addEventListener("htmx:sendError", () => {
    const template = document.getElementById("match-offline");
    answer.replaceChildren(template.content.cloneNode(true));
    answer.querySelector("[tabindex]").focus();
  });

  // After an answer the reader stands at its heading; after errors at the first wrong field.
  answer.addEventListener("htmx:afterSettle", () => {
    for (const control of box.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
    const wrong = [...answer.querySelectorAll("[data-error-for]")].map((item) =>
      document.getElementById(item.dataset.errorFor),
    );
    for (const control of wrong) control?.setAttribute("aria-invalid", "true");
    if (!wrong.length) history.replaceState({ ...history.state, matched: true }, "");
    const target = wrong[0] ?? answer.querySelector("[data-focus], #error-box h1");
    if (!target) return;
    if (!target.matches("input, textarea, button, a")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
    answer.querySelector("[data-focus], .notice, #error-box")?.scrollIntoView({ block: "start" });
  });

  const showKept = () => {
    choose(box.querySelector("input[name=direction]:checked")?.value ?? "need", false);
    showCount();
  };

  // Nothing of an answer is kept anywhere: who comes back from a listing asks again with the text the browser kept.
  addEventListener("pageshow", () => {
    const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    if (!back || !history.state?.matched || answer.querySelector(".match-list")) return;
    showKept();
    if (text.value.trim()) box.requestSubmit(submit);
  });

  showKept();
}
