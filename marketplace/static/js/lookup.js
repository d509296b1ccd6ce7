// Fills the datalist of an input that is searched by typing (data-lookup: address of a JSON list of texts).
const PAUSE = 150;
let timer = 0;
let request = null;

async function ask(input) {
  request?.abort();
  request = new AbortController();
  const list = document.getElementById(input.getAttribute("list"));
  try {
    const answer = await fetch(`${input.dataset.lookup}?q=${encodeURIComponent(input.value.trim())}`, {
      headers: { Accept: "application/json" },
      signal: request.signal,
    });
    if (!answer.ok) return;
    const options = (await answer.json()).map((text) => {
      const option = document.createElement("option");
      option.value = text;
      return option;
    });
    list.replaceChildren(...options);
  } catch {
    // aborted or offline: a name typed in full is taken as well
  }
}

document.addEventListener("input", (event) => {
  const input = event.target.closest?.("[data-lookup]");
  if (!input || event.inputType === "insertReplacementText") return;
  clearTimeout(timer);
  timer = setTimeout(() => ask(input), PAUSE);
});
