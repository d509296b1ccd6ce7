// Adds and removes rows of indicators, intellectual property or milestones; the server does it without JavaScript.
document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-row-add]");
  const remove = event.target.closest("[data-row-remove]");
  const editor = (add ?? remove)?.closest("[data-row-editor]");
  if (!editor) return;
  event.preventDefault();
  const rows = editor.querySelector("[data-rows]");
  if (add) {
    const index = Number(editor.dataset.next);
    editor.dataset.next = String(index + 1);
    const row = editor.querySelector("template").content.cloneNode(true);
    for (const element of row.querySelectorAll("*")) {
      for (const attribute of element.attributes) {
        attribute.value = attribute.value.replaceAll("__index__", String(index));
      }
    }
    rows.append(row);
    rows.lastElementChild.querySelector("input, select").focus();
  } else {
    const row = remove.closest("[data-row]");
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next?.querySelector("input, select") ?? editor.querySelector("[data-row-add]")).focus();
  }
});
